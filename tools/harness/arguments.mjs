// The arguments of the programs in bench/, trust/, test/ and scripts/.
import { parseArgs } from 'node:util';

/** For the options of readArguments(). */
export const flag = { type: 'boolean', default: false };
export const text = { type: 'string' };

/** Ends the program with status 2, as for a wrong argument. */
export function refuse(words, help) {
  console.error(help === undefined ? words : `${words}\n\n${help}`);
  process.exit(2);
}

/** What parseArgs (node:util) makes of the program's arguments. --help prints `help`, a wrong one ends the program. */
export function readArguments(help, options = {}) {
  let values;
  try {
    values = parseArgs({ options: { ...options, help: flag } }).values;
  } catch (error) {
    refuse(error.message, help);
  }
  if (!values.help) return values;
  console.log(help);
  return process.exit(0);
}

/** The number of an option, `isRight` of it. */
export function numberOf(option, text, isRight, wanted, help) {
  const value = Number(text);
  return isRight(value) ? value : refuse(`--${option} takes ${wanted}, not "${text}".`, help);
}

/** Greater than 0. */
export function positive(option, text, help) {
  return numberOf(option, text, (value) => value > 0, 'a number above 0', help);
}

/** At least `least`. */
export function atLeast(least, option, text, help) {
  return numberOf(option, text, (value) => value >= least, `a number of at least ${least}`, help);
}
