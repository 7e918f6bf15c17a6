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

/** Ends the program with its help, which was asked for. */
function printHelp(help) {
  console.log(help);
  process.exit(0);
}

function readStrictly(help, options, allowPositionals) {
  try {
    const parsed = parseArgs({ options: { ...options, help: flag }, allowPositionals });
    return parsed.values.help ? printHelp(help) : parsed;
  } catch (error) {
    return refuse(error.message, help);
  }
}

/** What parseArgs (node:util) makes of the program's arguments. --help prints `help`, a wrong one ends the program. */
export function readArguments(help, options = {}) {
  return readStrictly(help, options, false).values;
}

/** The same of a program that takes files, and no options. */
export function readFileNames(help) {
  return readStrictly(help, {}, true).positionals;
}

/** The same where others' arguments stand among the program's: { values, rest }, and `rest` is those of the others. */
export function readKnownArguments(help, options) {
  const known = { ...options, help: flag };
  const { values, tokens } = parseArgs({ options: known, strict: false, allowPositionals: true, tokens: true });
  if (values.help) printHelp(help);
  const isOurs = ({ kind, name }) => kind === 'option' && Object.hasOwn(known, name);
  const ours = tokens.filter(isOurs).flatMap(({ index, value, inlineValue }) => {
    return value === undefined || inlineValue ? [index] : [index, index + 1];
  });
  const missing = tokens.find((token) => isOurs(token) && known[token.name].type === 'string' && !token.value);
  if (missing !== undefined) refuse(`${missing.rawName} takes a value.`, help);
  return { values, rest: process.argv.slice(2).filter((_, index) => !ours.includes(index)) };
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
