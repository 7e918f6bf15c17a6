/** What a terminal sends, as keys. */

import { readKeys } from '../../lib/cli/top/keys';

it.each<[input: string, keys: string[]]>([
  ['jk/?', ['j', 'k', '/', '?']],
  ['\x1b[A\x1b[B\x1bOC\x1bOD', ['UP', 'DOWN', 'RIGHT', 'LEFT']],
  ['\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[5~\x1b[6~\x1b[3~', ['HOME', 'END', 'HOME', 'END', 'PAGE_UP', 'PAGE_DOWN', 'DELETE']],
  ['\x1b[1;5A\x1b[5;2~', ['UP', 'PAGE_UP']],
  ['\r\n\x7f\b\t', ['ENTER', 'ENTER', 'BACKSPACE', 'BACKSPACE', 'TAB']],
  ['\x03\x1a\x15', ['CTRL_C', 'CTRL_Z', 'CTRL_U']],
  ['\x1bq', ['ESCAPE', 'q']],
  ['\x1b\x1b[A', ['ESCAPE', 'UP']],
  ['gr\u00fc\u00df \ud83d\ude00', ['g', 'r', '\u00fc', '\u00df', ' ', '\ud83d\ude00']],
  ['\x1b[200~a\x1b[?1;2c\x1bOP', ['a']],
])('the keys in %j are %j', (input, keys) => {
  expect(readKeys(input)).toEqual({ keys, rest: '' });
});

it('two ESC in one read are two keys, of which the second may still be the beginning of another one', () => {
  expect(readKeys('\x1b\x1b')).toEqual({ keys: ['ESCAPE'], rest: '\x1b' });
});

it('a key that is cut anywhere is the same key when the rest comes', () => {
  const input = 'a\x1b[1;5Ab\x1bOC\x1b[5~\x1b[24~c';
  for (let cut = 0; cut <= input.length; cut++) {
    const first = readKeys(input.slice(0, cut));
    // An ESC at the very end is waited for, too.
    const second = readKeys(first.rest + input.slice(cut));
    expect([...first.keys, ...second.keys]).toEqual(['a', 'UP', 'b', 'RIGHT', 'PAGE_UP', 'c']);
    expect(second.rest).toBe('');
  }
});
