/** Formats numbers for people: keys in hexadecimal, modes in octal, counts with their noun. */

/** `0x5eed0100`, as ipcs prints a key. */
export function formatKey(key: number): string {
  return `0x${(key >>> 0).toString(16).padStart(8, '0')}`;
}

/** `0o600`. */
export function formatMode(mode: number): string {
  return `0o${mode.toString(8).padStart(3, '0')}`;
}

/** `1 message`, `2 messages`. */
export function formatCount(count: number | undefined, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
