/** Makes foreign text safe for a terminal: nothing in it moves the cursor, changes colors, or reorders text. */

// C0, DEL, C1, and the characters that change the direction of text.
const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const SHORT: Record<string, string> = { '\n': '\\n', '\t': '\\t' };

/** A character as \xNN or \u{NNNN}. */
export function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`;
}

/** Escapes the control characters of a text. `lines` keeps line breaks and tabs. */
export function printableText(text: string, lines = false): string {
  return text.replace(CONTROLS, (character) => {
    const short = SHORT[character];
    if (short === undefined) return escaped(character);
    return lines ? character : short;
  });
}

const NOT_IN_JSON = /[\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** The same for JSON, which already escapes C0. Its meaning stays the same. */
export function printableJson(json: string): string {
  return json.replace(NOT_IN_JSON, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
