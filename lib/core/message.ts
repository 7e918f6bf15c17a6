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
  /** The type. Rounded above 2^53; `typeBigInt` is exact. */
  readonly type: number;
  /**
   * The value that the codec decoded. A Buffer's bytes are its own, but its `buffer` may also hold other messages, as with
   * Node's own small Buffers: `Buffer.from(data)` is a copy that keeps nothing else in memory.
   */
  readonly data: T;
  /** Whether the message was truncated (only with `truncate`). */
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
 * Creates a message of any type. A type that a number cannot hold becomes an own property, a non-enumerable one,
 * because JSON.stringify refuses objects with a bigint.
 *
 * @internal
 */
export function makeMessage<T>(type: number | bigint, data: T, truncated: boolean): Message<T> {
  if (typeof type === 'number') return new Message(type, data, truncated);
  return Object.defineProperty(new Message(Number(type), data, truncated), 'typeBigInt', { value: type });
}

/** Like makeMessage, for a type that may be a bigint below 2^53. @internal */
export const exactMessage: typeof makeMessage = (type, data, truncated) =>
  makeMessage(Number.isSafeInteger(Number(type)) ? Number(type) : type, data, truncated);

/** The exact type, for msgsnd. @internal */
export function exactType(message: Message<unknown>): number | bigint {
  return Number.isSafeInteger(message.type) ? message.type : message.typeBigInt;
}
