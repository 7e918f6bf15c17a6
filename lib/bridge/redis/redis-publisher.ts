/** Appends to streams of Redis, a batch in a turn; the script of redis-script.ts stores each message once, in order. */

import { createHash } from 'node:crypto';
import { queueMicrotask } from '../../core/event-loop';
import type { OutgoingMessage, Publisher, PublishOutcome, PublishTarget, StreamPosition } from '../engine';
import { BridgeError, messageOf } from '../errors';
import { errorWord, Field } from './redis-client';
import type { RedisLink } from './redis-link';
import { positionOf } from './redis-positions';
import { DUPLICATE, FAILED, marksKey, STORE, sequenceText } from './redis-script';
import type { RedisArgument } from './redis-types';

const MESSAGES_AT_ONCE = 128;
const BYTES_AT_ONCE = 1 << 20;
const STORE_SHA = createHash('sha1').update(STORE).digest('hex');

/** Errors that no patience fixes: the route stops. */
const DENIED = new Set(['NOPERM', 'WRONGTYPE', 'MOVED', 'CROSSSLOT']);
/** NOPERM within a script. */
const DENIED_IN_A_SCRIPT = /executing the script can't/;
/** The server is no longer the one to write to: another connection may find the right one. */
const ELSEWHERE = new Set(['READONLY', 'UNBLOCKED', 'MASTERDOWN', 'NOAUTH']);

type OnOutcome = (outcome: PublishOutcome) => void;

interface Outgoing {
  readonly message: OutgoingMessage;
  readonly sequence: number;
  /** The one that must be stored before this one; 0: none. */
  readonly before: number;
  readonly onOutcome: OnOutcome;
}

/** The messages of one instance for one stream. */
class Lane {
  readonly stream: string;
  readonly instance: string;
  readonly origin: string;
  /** Not sent yet. */
  ready: Outgoing[] = [];
  /** Published and not stored, in ascending order. */
  readonly outstanding = new Set<number>();
  /** The greatest of them. */
  #last = 0;

  constructor({ to, instance, origin }: OutgoingMessage) {
    this.stream = to;
    this.instance = instance;
    this.origin = origin;
  }

  add(message: OutgoingMessage, sequence: number, onOutcome: OnOutcome): void {
    this.ready.push({ message, sequence, before: this.#before(sequence), onOutcome });
    if (this.outstanding.has(sequence)) return;
    this.outstanding.add(sequence);
    this.#last = sequence;
  }

  // Most often the one that was published last; another one for a message that is published again.
  #before(sequence: number): number {
    if (sequence > this.#last && this.outstanding.has(this.#last)) return this.#last;
    let found = 0;
    for (const other of this.outstanding) {
      if (other >= sequence) break;
      found = other;
    }
    return found;
  }
}

export async function openRedisPublisher(link: RedisLink, target: PublishTarget): Promise<Publisher> {
  await link.main.call('SCRIPT', 'LOAD', STORE);
  return new RedisPublisher(link, target);
}

class RedisPublisher implements Publisher {
  readonly identity: string;
  readonly deduplicationWindow = Number.POSITIVE_INFINITY;
  readonly releasesData = true;
  readonly #link: RedisLink;
  readonly #target: PublishTarget;
  readonly #lanes = new Map<string, Lane>();
  #ready = new Set<Lane>();
  #isClosed = false;

  constructor(link: RedisLink, target: PublishTarget) {
    this.#link = link;
    this.#target = target;
    this.identity = `redis ${target.pattern}`;
  }

  publish(message: OutgoingMessage, onOutcome: OnOutcome): void {
    if (message.data.length > this.#link.longestValue) {
      const text = `a message of ${message.data.length} bytes is longer than Redis takes (proto-max-bulk-len: ${this.#link.longestValue})`;
      // Not within the call: the caller is not done with the message yet.
      queueMicrotask(() => onOutcome({ kind: 'refused', error: new Error(text) }));
      return;
    }
    const { sequence } = message;
    if (sequence === undefined) {
      void this.#append(message, onOutcome);
      return;
    }
    const lane = this.#laneOf(message);
    lane.add(message, sequence, onOutcome);
    if (this.#ready.size === 0) queueMicrotask(() => this.#sendReady());
    this.#ready.add(lane);
  }

  #laneOf(message: OutgoingMessage): Lane {
    const name = `${message.instance} ${message.to}`;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = new Lane(message);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #sendReady(): void {
    const ready = this.#ready;
    this.#ready = new Set();
    if (this.#isClosed) return;
    for (const lane of ready) {
      const outgoing = lane.ready;
      lane.ready = [];
      for (let from = 0; from < outgoing.length; ) {
        const end = endOfBatch(outgoing, from);
        void this.#sendBatch(lane, outgoing.slice(from, end));
        from = end;
      }
    }
  }

  async #sendBatch(lane: Lane, batch: Outgoing[]): Promise<void> {
    const args: RedisArgument[] = [STORE_SHA, 2, lane.stream, marksKey(lane.stream), lane.instance, lane.origin];
    for (const { message, sequence, before } of batch) {
      args.push(sequenceText(sequence), sequenceText(before), String(message.type), message.data);
    }
    let answers: string[];
    try {
      const stored = this.#link.main.call('EVALSHA', ...args);
      this.#link.log.ask();
      answers = (await stored) as string[];
    } catch (error) {
      this.#onFailure(lane, batch, error as Error);
      return;
    }
    for (const [index, outgoing] of batch.entries()) this.#onAnswer(lane, outgoing, answers[index]);
  }

  #onAnswer(lane: Lane, outgoing: Outgoing, answer: string | undefined): void {
    if (this.#isClosed) return;
    if (answer === undefined || answer.startsWith(FAILED)) {
      this.#onFailure(lane, [outgoing], new Error(answer?.slice(1) ?? 'GAP a message before it is not stored'));
      return;
    }
    this.#forget(lane, outgoing.sequence);
    const duplicate = answer === DUPLICATE;
    this.#whenWritten(outgoing.onOutcome, {
      kind: 'stored',
      position: duplicate ? 0 : positionOf(answer),
      duplicate,
    });
  }

  // The bridge keeps the message until then: a Redis that is killed may forget it before.
  #whenWritten(onOutcome: OnOutcome, outcome: PublishOutcome): void {
    this.#link.log.whenWritten(() => {
      if (!this.#isClosed) onOutcome(outcome);
    });
  }

  #forget(lane: Lane, sequence: number): void {
    lane.outstanding.delete(sequence);
    // Subjects with the type in them are streams without end.
    if (lane.outstanding.size === 0) this.#lanes.delete(`${lane.instance} ${lane.stream}`);
  }

  #onFailure(lane: Lane, batch: Outgoing[], error: Error): void {
    if (this.#isClosed || this.#link.main.status !== 'ready') return;
    if (this.#isFatal(error, lane.stream)) return;
    const isRefused = /too large/i.test(error.message);
    for (const { sequence, onOutcome } of batch) {
      if (isRefused) this.#forget(lane, sequence);
      onOutcome({ kind: isRefused ? 'refused' : 'retry', error });
    }
  }

  #isFatal(error: Error, stream: string): boolean {
    const word = DENIED_IN_A_SCRIPT.test(error.message) ? 'NOPERM' : errorWord(error);
    if (DENIED.has(word)) this.#target.onDenied(deniedError(error, stream));
    else if (ELSEWHERE.has(word)) this.#link.abandon(error);
    else if (word === 'NOSCRIPT') void this.#link.main.call('SCRIPT', 'LOAD', STORE).catch(() => undefined);
    return DENIED.has(word) || ELSEWHERE.has(word);
  }

  /** One that has no place in an order, such as a dead letter: a kill before its answer may make it come twice. */
  async #append({ to, type, origin, data }: OutgoingMessage, onOutcome: OnOutcome): Promise<void> {
    try {
      const fields = [Field.type, String(type), Field.origin, origin, Field.data, data];
      const id = (await this.#link.main.call('XADD', to, '*', ...fields)) as string;
      this.#whenWritten(onOutcome, { kind: 'stored', position: positionOf(id), duplicate: false });
    } catch (error) {
      if (this.#isClosed || this.#link.main.status !== 'ready') return;
      if (!this.#isFatal(error as Error, to)) onOutcome({ kind: 'retry', error: error as Error });
    }
  }

  // Redis recognizes a message however old it is.
  async findStored(): Promise<Map<string, StreamPosition>> {
    return new Map();
  }

  close(): void {
    this.#isClosed = true;
    this.#lanes.clear();
    this.#ready.clear();
  }
}

function endOfBatch(outgoing: readonly Outgoing[], from: number): number {
  let bytes = 0;
  for (let index = from; index < outgoing.length; index++) {
    bytes += (outgoing[index] as Outgoing).message.data.length;
    if (index - from === MESSAGES_AT_ONCE || (bytes > BYTES_AT_ONCE && index > from)) return index;
  }
  return outgoing.length;
}

function deniedError(cause: Error, stream: string): BridgeError {
  const advice: Record<string, string> = {
    WRONGTYPE: 'the key has something else: name another one',
    MOVED: 'a cluster of Redis is not supported: name one server',
    CROSSSLOT: 'a cluster of Redis is not supported: name one server',
  };
  const rights = `give this user XADD, EVALSHA, SCRIPT, HGET and HSET on ${stream} and ${marksKey(stream)}`;
  return new BridgeError(
    'ERR_BRIDGE_DENIED',
    `Redis does not let this client append to ${stream} (${messageOf(cause)}): ${advice[errorWord(cause)] ?? rights}`,
    cause,
  );
}
