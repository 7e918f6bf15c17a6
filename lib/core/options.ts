/**
 * Checks option objects: each call declares the names that it knows, and refuses any other, with the name most likely
 * meant. Only own enumerable names count, as in Object.keys: symbols and inherited properties are ignored. A value of
 * undefined equals a missing option.
 *
 * A call without options pays nothing. With options it costs 10 to 20 ns a call (Node.js 20, an object of two names).
 */

import { invalidType, invalidValue } from './argument-errors';
import { likelyOption } from './option-habits';
import { checkObject } from './validators';

/** The options of one call. */
export interface OptionNames {
  /** The call's name in errors. */
  readonly call: string;
  /** Has no prototype, so that "constructor" is not an option. */
  readonly names: Readonly<Record<string, true>>;
  readonly returns: Returns;
}

/** A call's result, for the error about a callback. */
type Returns = 'a promise' | 'a consumer' | 'its result' | 'nothing' | 'an iterator' | 'a stream';

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
  let isEmpty = true;
  for (const name in options) {
    if (names[name] !== undefined) isEmpty = false;
    else if (Object.prototype.propertyIsEnumerable.call(options, name)) throw unknownOption(name, known, argument);
  }
  if (isEmpty) refuseAnotherKind(options, known, argument);
}

/** A signal, a Map, a promise or a queue in the place of the options would have no effect. */
function refuseAnotherKind(options: object, { names }: OptionNames, argument: string): void {
  const prototype = Object.getPrototypeOf(options);
  // A plain object of any realm, or one that inherits from another.
  if (prototype === null || Object.getPrototypeOf(prototype) === null || !Object.hasOwn(prototype, 'constructor'))
    return;
  for (const name in names) if (name in options) return;
  const hint = 'aborted' in options && names['signal'] ? 'Write { signal }.' : undefined;
  throw invalidType(argument, 'a plain object', options, hint);
}

function unknownOption(name: string, { call, names }: OptionNames, argument: string): TypeError {
  const printable = JSON.stringify(name).slice(1, -1);
  return invalidValue(
    `${argument}.${printable}`,
    `is not an option of ${call}. ${likelyOption(name, call, Object.keys(names))}`,
  );
}

/**
 * Refuses an argument after the last one that would have no effect: a callback, which would never be called, and after
 * the options of a send the flags of msgsnd. Anything else is ignored, as in `keys.map(MessageQueue.exists)`.
 */
export function refuseExtra(
  extra: unknown,
  call: string,
  returns: Returns = 'its result',
  hint = instead[returns],
): void {
  if (extra === undefined) return;
  if (typeof extra === 'function') {
    throw invalidValue('callback', `is not called by ${call}, which returns ${returns}. ${hint}`);
  }
  if (typeof extra === 'number' && SEND.test(call)) {
    throw invalidValue('flags', `is not an argument of ${call}. ${likelyOption('flags', call, [])}`);
  }
}

/** The same for a call that returns a promise: the promise that it returns then. */
export function rejectExtra(extra: unknown, call: string): Promise<never> | undefined {
  if (extra === undefined) return undefined;
  try {
    refuseExtra(extra, call, 'a promise');
    return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}

const SEND = /^(try)?send/i;

const instead: Readonly<Record<Returns, string>> = {
  'a promise': 'Await it, or use .then(callback).',
  'its result': 'Use the returned value.',
  nothing: 'It is done when it returns.',
  'a consumer': "It calls the handler, and emits events: consumer.on('error', callback).",
  'an iterator': 'Use for await, or queue.consume(callback).',
  'a stream': "Listen for its events: stream.on('data', callback), stream.on('finish', callback).",
};

function notOptions(value: unknown, { call, names, returns }: OptionNames, argument: string): TypeError {
  if (typeof value === 'function') {
    return invalidType(argument, 'of type object', value, `${call} returns ${returns}. ${instead[returns]}`);
  }
  return invalidType(argument, 'of type object', value, positionalHint(value, call, names));
}

/** The option that a plain value in the place of the options was meant for. */
function positionalHint(value: unknown, call: string, names: OptionNames['names']): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return numberHint(value, names);
  if (typeof value === 'boolean') {
    if (names['nowait']) return `Write { nowait: true } to fail instead of waiting.`;
    return call.startsWith('try') ? 'It never waits.' : undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (SEND.test(call) && names['type']) return `The data comes first: ${call}(data, { type }).`;
  return names['codec'] ? 'Write { codec: codecs.utf8 } for text, { codec: codecs.json() } for JSON.' : undefined;
}

function numberHint(value: number | bigint, names: OptionNames['names']): string | undefined {
  if (names['upTo'] && value <= 0) {
    return Number(value) === 0 ? 'Leave it out to take a message of any type.' : `Write { upTo: ${-value} }.`;
  }
  if (value <= 0 || (typeof value === 'number' && !Number.isSafeInteger(value))) return undefined;
  for (const option of ['max', 'concurrency', 'interval', 'olderThan']) {
    if (names[option]) return `Write { ${option}: ${value} }.`;
  }
  if (names['mode']) return `Write { mode: 0o${(Number(value) & 0o777).toString(8)} }.`;
  if (names['type']) return `Write { type: ${value} }.`;
  return names['timeout'] ? `Write { timeout: ${value} }.` : undefined;
}
