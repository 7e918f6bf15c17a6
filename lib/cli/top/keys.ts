/**
 * The input of a terminal in raw mode, as names of keys: characters as they are, others as UP, ENTER, ESCAPE, CTRL_C.
 */

const SEQUENCES: Record<string, string> = {
  A: 'UP',
  B: 'DOWN',
  C: 'RIGHT',
  D: 'LEFT',
  H: 'HOME',
  F: 'END',
  '1~': 'HOME',
  '3~': 'DELETE',
  '4~': 'END',
  '5~': 'PAGE_UP',
  '6~': 'PAGE_DOWN',
  '7~': 'HOME',
  '8~': 'END',
};

const CONTROLS: Record<string, string> = {
  '\r': 'ENTER',
  '\n': 'ENTER',
  '\t': 'TAB',
  '\x7f': 'BACKSPACE',
  '\b': 'BACKSPACE',
};

const ESC = '\x1b';
/** The sequence after ESC: CSI ("[") with its parameters, or SS3 ("O"), complete (ECMA-48, 5.4). */
const SEQUENCE = /^(?:\[([0-?]*)[ -/]*([@-~])|O([ -~]))/;
/** The beginning of such a sequence. */
const BEGINNING = /^(?:\[[0-?]*[ -/]*|O)?$/;

/** The keys in the input, and the rest: the beginning of a sequence, or of one that may still come. */
export function readKeys(input: string): { keys: string[]; rest: string } {
  const keys: string[] = [];
  let left = input;
  while (left !== '') {
    const afterEscape = left.startsWith(ESC) ? left.slice(1) : undefined;
    if (afterEscape !== undefined && BEGINNING.test(afterEscape)) return { keys, rest: left };
    const sequence = afterEscape === undefined ? null : SEQUENCE.exec(afterEscape);
    if (sequence === null) {
      // An ESC before anything else is the key itself, also before another ESC.
      const character = String.fromCodePoint(left.codePointAt(0) as number);
      keys.push(nameOf(character));
      left = left.slice(character.length);
      continue;
    }
    const [whole, parameters = '', final = '', single] = sequence;
    // "1;5A" is Ctrl-Up: the second parameter encodes the modifier keys.
    const name = SEQUENCES[single ?? (final === '~' ? `${parameters.split(';')[0]}~` : final)];
    if (name !== undefined) keys.push(name);
    left = left.slice(ESC.length + whole.length);
  }
  return { keys, rest: '' };
}

function nameOf(character: string): string {
  if (character === ESC) return 'ESCAPE';
  if (character >= ' ' && character !== '\x7f') return character;
  return CONTROLS[character] ?? `CTRL_${String.fromCharCode(character.charCodeAt(0) + 0x40)}`;
}
