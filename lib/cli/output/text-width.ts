/** How many cells of a terminal text takes: most characters one, those of East Asia and pictures two, marks on them none. */

// Unicode's East_Asian_Width is not among the properties that regular expressions know: these are the blocks that are wide.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;
const PLAIN = /^[\x20-\x7e]*$/;

/** The columns of the terminal; undefined where there is none, or it does not say. */
export function terminalWidth(): number | undefined {
  return process.stdout.columns || undefined;
}

export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (NONE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The text in at most so many cells. A text that is cut ends in "…". */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let left = width - 1;
  let cut = '';
  for (const character of text) {
    left -= characterWidth(character);
    if (left < 0) break;
    cut += character;
  }
  return `${cut}…`;
}
