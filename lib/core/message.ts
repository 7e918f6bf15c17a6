/** A message as MessageQueue hands it out. */

/**
 * A message that was received.
 *
 * @example
 * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
 * queue.trySend('hello', { type: 2n ** 62n });
 * const message = queue.tryReceive();
 * assert.equal(message.data, 'hello');
 * assert.equal(message.typeBigInt, 2n ** 62n);
 * assert.equal(message.truncated, false);
 * queue.remove();
 */
export class Message<T = Buffer> {
  /** The type. Rounded past 2^53, where `typeBigInt` is exact. */
  readonly type: number;
  /**
   * What the codec made of the bytes. A Buffer's memory is its own, but its `buffer` holds other messages, too, as with
   * Node's own small Buffers: `Buffer.from(data)` is a copy that keeps nothing else in memory.
   */
  readonly data: T;
  /** Whether something was cut off (only with `truncate`). */
  readonly truncated: boolean;

  /** @internal */
  constructor(type: number, data: T, truncated: boolean) {
    this.type = type;
    this.data = data;
    this.truncated = truncated;
  }

  /** The type, exactly. */
  get typeBigInt(): bigint {
    return BigInt(this.type);
  }
}

/**
 * A message of any type. One that a number cannot hold is an own property, and only then, and not an enumerable one:
 * JSON.stringify refuses objects that have a bigint.
 *
 * @internal
 */
export function makeMessage<T>(type: number | bigint, data: T, truncated: boolean): Message<T> {
  if (typeof type === 'number') return new Message(type, data, truncated);
  return Object.defineProperty(new Message(Number(type), data, truncated), 'typeBigInt', { value: type });
}

/** As makeMessage, for a type that may be a bigint below 2^53. @internal */
export const exactMessage: typeof makeMessage = (type, data, truncated) =>
  makeMessage(Number.isSafeInteger(Number(type)) ? Number(type) : type, data, truncated);

/** The type as msgsnd takes it. @internal */
export function exactType(message: Message<unknown>): number | bigint {
  return Number.isSafeInteger(message.type) ? message.type : message.typeBigInt;
}
