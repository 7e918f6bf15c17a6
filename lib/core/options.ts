/**
 * Checks option objects: each call declares the names that it knows, and refuses any other, with the name most likely
 * meant. Only own enumerable names count, as in Object.keys: symbols and inherited properties are ignored. A value of
 * undefined equals a missing option.
 *
 * A call without options pays nothing. With options it costs 10 to 20 ns a call (Node.js 20, an object of two names).
 */

import { likelyOption } from './option-habits';
import { checkObject, invalidType, invalidValue } from './validators';

/** The options of one call. */
export interface OptionNames {
  /** The call's name in errors. */
  readonly call: string;
  /** Has no prototype, so that "constructor" is not an option. */
  readonly names: Readonly<Record<string, true>>;
  /** The call's result, for the error about a callback. */
  readonly returns: 'a promise' | 'its result' | 'an iterator' | 'a stream';
}

/** Declares the options of a call. The compiler refuses a list that differs from the interface. */
export function optionNames<Options extends object>(
  call: string,
  names: { [Name in keyof Required<Options>]: true },
  returns: OptionNames['returns'] = 'its result',
): OptionNames {
  return { call, names: Object.assign(Object.create(null), names), returns };
}

/** Returns the option object, or undefined when there is none. Throws for names that the call does not know. */
export function checkOptions<T extends object>(
  options: T | undefined,
  known: OptionNames,
  argument = 'options',
): T | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw notOptions(options, known, argument);
  requireKnown(options, known, argument);
  return options;
}

/** Like checkOptions, for a required object. */
export function checkProperties<T extends object>(value: T, known: OptionNames, argument: string): T {
  requireKnown(checkObject(value, argument), known, argument);
  return value;
}

function requireKnown(options: object, known: OptionNames, argument: string): void {
  const { names } = known;
  for (const name in options) {
    if (names[name] === undefined && Object.prototype.propertyIsEnumerable.call(options, name)) {
      throw unknownOption(name, known, argument);
    }
  }
}

function unknownOption(name: string, { call, names }: OptionNames, argument: string): TypeError {
  const printable = JSON.stringify(name).slice(1, -1);
  return invalidValue(
    `${argument}.${printable}`,
    `is not an option of ${call}. ${likelyOption(name, call, Object.keys(names))}`,
  );
}

/** Refuses a callback after the last argument, which would never be called. */
export function refuseCallback(callback: unknown, call: string, returns = 'a promise', hint = instead(returns)): void {
  if (typeof callback !== 'function') return;
  throw invalidValue('callback', `is not called by ${call}, which returns ${returns}. ${hint}`);
}

function instead(returns: string): string {
  return returns === 'a promise' ? 'Await it, or use .then(callback).' : '';
}

function notOptions(value: unknown, { call, names, returns }: OptionNames, argument: string): TypeError {
  if (typeof value === 'function') {
    return invalidType(argument, 'of type object', value, `${call} returns ${returns}. ${instead(returns)}`.trimEnd());
  }
  if (typeof value === 'number' && names['upTo'] && value <= 0) {
    const hint = value === 0 ? 'Leave it out to take a message of any type.' : `Write { upTo: ${-value} }.`;
    return invalidType(argument, 'of type object', value, hint);
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) {
    if (names['mode'])
      return invalidType(argument, 'of type object', value, `Write { mode: 0o${(value & 0o777).toString(8)} }.`);
    if (names['type']) return invalidType(argument, 'of type object', value, `Write { type: ${value} }.`);
    if (names['timeout']) return invalidType(argument, 'of type object', value, `Write { timeout: ${value} }.`);
  }
  return invalidType(argument, 'of type object', value);
}
