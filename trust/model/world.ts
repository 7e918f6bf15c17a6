/** A real queue with a few handles beside its model, and the calls that wait. */

import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Message, MessageQueue, Select } from '../../lib/index';
import { explain, type Outcome, type SeenReceive, type SeenSend } from './explanation';
import { ALL_RIGHTS, DENIED, type Officer, type Permissions, rightsOf } from './permissions';
import type { ModelMessage, ModelQueue, ReceivedMessage } from './queue-model';
import { threadsInMsgrcv } from './waiting-threads';

/** The library under test: lib/ under Jest, dist/ in the long form. */
export type Library = typeof import('../../lib/index');

const HANDLES = 3;
const SETTLE_MS = 3_000;
/** How long the kernel's state may differ when no call waits. */
const AT_REST_MS = 1000;
/** msg_qbytes of a new queue: room for a few messages only, so that it is often full. */
const FIRST_MAX_BYTES = 64;
const emptyQueue: ModelQueue = { maxBytes: FIRST_MAX_BYTES, messages: [], line: [], rights: ALL_RIGHTS };
/** An id is a sequence number times this, and an index. */
const INDEXES = 32_768;

/** A call that waits. */
interface Pending {
  readonly handle: number;
  readonly controller: AbortController;
}

interface PendingReceive extends SeenReceive, Pending {}
interface PendingSend extends SeenSend, Pending {}

/** An error's code, and its class where more than one has that code. */
export function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM' ? `${name} ${code}` : String(code ?? error);
}

export function seenOf({ typeBigInt, data, truncated }: Message<Buffer>): ReceivedMessage {
  return { type: typeBigInt, text: data.toString('latin1'), truncated };
}

/** What `call` gives: messages, or the code of its error. */
export function outcomeOf(call: () => Message<Buffer>[]): Outcome {
  try {
    const messages = call();
    return messages.length === 0 ? 'none' : { messages: messages.map(seenOf) };
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOMSG' || code === 'ETIMEDOUT' ? 'none' : { failed: code };
  }
}

export async function awaitedOutcome(promise: Promise<Message<Buffer> | Message<Buffer>[]>): Promise<Outcome> {
  const result = await promise.then(
    (messages) => [messages].flat(),
    (error: unknown) => ({ error }),
  );
  return outcomeOf(() => {
    if ('error' in result) throw result.error;
    return result;
  });
}

export class World {
  readonly library: Library;
  /** Makes the queues, and changes their permissions; undefined: the process has its own, and every right. */
  readonly officer: Officer | undefined;
  handles: MessageQueue[] = [];
  model: ModelQueue = emptyQueue;
  receives: PendingReceive[] = [];
  sends: PendingSend[] = [];
  steps = 0;
  readonly calls = new Map<string, number>();
  #nextText = 0;
  /** Receives have ended since the last settling. */
  #receivesEnded = false;
  #nextGroup = 0;
  #permissions: Permissions | undefined;
  readonly #waited = new WeakSet<Pending>();

  private constructor(library: Library, officer: Officer | undefined) {
    this.library = library;
    this.officer = officer;
  }

  static async make(library: Library, officer: Officer | undefined): Promise<World> {
    const world = new World(library, officer);
    await world.begin();
    return world;
  }

  /** A new queue, with nothing in it. */
  async begin(): Promise<void> {
    this.model = emptyQueue;
    const { MessageQueue } = this.library;
    const first = await this.#makeQueue();
    const others = Array.from({ length: HANDLES - 1 }, () => MessageQueue.attach(first.id));
    this.handles = [first, ...others];
  }

  async #makeQueue(): Promise<MessageQueue> {
    const { MessageQueue } = this.library;
    if (this.officer === undefined) return MessageQueue.createPrivate({ maxBytes: FIRST_MAX_BYTES });
    const { person, creator } = this.officer;
    const queue = MessageQueue.attach(await this.officer.create(FIRST_MAX_BYTES));
    await this.officer.change(queue.id, { ...person, mode: 0o600 });
    this.#permissions = { ...person, mode: 0o600, creatorUid: creator.uid, creatorGid: creator.gid };
    return queue;
  }

  async end(): Promise<void> {
    const { id } = this.handle(0);
    for (const handle of this.handles) handle.close();
    if (this.officer === undefined) this.library.MessageQueue.attach(id).remove();
    else await this.officer.remove(id);
  }

  /** The permissions of the queue have been changed. */
  notePermissions(change: Partial<Permissions>): void {
    if (this.#permissions === undefined || this.officer === undefined) return;
    this.#permissions = { ...this.#permissions, ...change };
    this.model = { ...this.model, rights: rightsOf(this.#permissions, this.officer.person) };
  }

  handle(index: number): MessageQueue {
    return this.handles[index] as MessageQueue;
  }

  reopen(index: number): void {
    this.handles[index] = this.library.MessageQueue.attach(this.handle(0).id);
  }

  /** A message of so many bytes that no other is like, as far as its length allows. */
  message(type: number | bigint, length: number): ModelMessage {
    this.#nextText += 1;
    return { type: BigInt(type), text: String(this.#nextText).padStart(length, '.').slice(0, length) };
  }

  /** Notes a call that has sent, or waits to send, these messages. */
  addSend(messages: readonly ModelMessage[], call: Pending & { promise: Promise<unknown> }): void {
    const send = this.#inLine(messages, call, undefined);
    call.promise.then(
      () => {
        send.outcome = 'sent';
      },
      (error: unknown) => {
        send.outcome = codeOf(error);
      },
    );
  }

  /** Notes messages that have been sent one after the other: what waits for them may have come in between. */
  addSent(messages: readonly ModelMessage[]): void {
    this.#inLine(messages, { handle: 0, controller: new AbortController() }, 'sent');
  }

  #inLine(
    messages: readonly ModelMessage[],
    { handle, controller }: Pending,
    outcome: string | undefined,
  ): PendingSend {
    this.#nextGroup += 1;
    const group = this.#nextGroup;
    const send: PendingSend = { handle, controller, group, givenUp: undefined, outcome };
    this.sends.push(send);
    this.model = { ...this.model, line: [...this.model.line, ...messages.map((message) => ({ ...message, group }))] };
    return send;
  }

  /** Notes a call that waits for messages. */
  addReceive(
    wanted: { select: Select; max: number },
    call: Pending & { promise: Promise<Message<Buffer> | Message<Buffer>[]> },
  ): void {
    const receive: PendingReceive = { ...call, ...wanted, waits: true, aborted: false, outcome: undefined };
    this.receives.push(receive);
    void awaitedOutcome(call.promise).then((outcome) => {
      receive.outcome = outcome;
    });
  }

  /** Canceled sends take their messages out of the line. */
  giveUpSends(which: (send: PendingSend) => boolean, code: string): void {
    for (const send of this.sends.filter(which)) {
      send.givenUp = code;
      const line = this.model.line.filter(({ group }) => group !== send.group);
      this.model = { ...this.model, line };
    }
  }

  /** Waits until all that can happen has happened, and the model explains it. `taken`: what a call was just given. */
  async settle(taken: readonly SeenReceive[] = []): Promise<void> {
    this.steps += 1;
    const begun = performance.now();
    const until = begun + SETTLE_MS;
    for (let turns = 0; ; turns++) {
      const { messageCount, usedBytes } = this.#contents();
      const receives = [...taken, ...this.receives];
      const model = explain(this.model, { receives, sends: this.sends, messageCount, usedBytes });
      if (model !== undefined) {
        this.model = model;
        this.#countRefused();
        const left = this.receives.filter(({ outcome }) => outcome === undefined);
        const ended = this.#receivesEnded || left.length < this.receives.length || taken.length > 0;
        this.#receivesEnded = false;
        this.receives = left;
        this.sends = this.sends.filter(({ outcome }) => outcome === undefined);
        if (ended) await this.#threadsHaveLeft();
        return;
      }
      if (performance.now() > until || this.#atRestSince(begun)) throw this.#unexplained(taken);
      await (turns < 1000 ? nextTurn() : pause(1));
    }
  }

  // Nothing waits any longer before the time is up: the rest of it is not needed.
  #atRestSince(begun: number): boolean {
    const waits = ({ outcome }: { outcome: unknown }): boolean => outcome === undefined;
    const calls = [...this.receives, ...this.sends];
    return performance.now() > begun + AT_REST_MS && !calls.some(waits);
  }

  // A thread whose receive has ended may be in msgrcv for a moment more. An empty message that it takes there goes back,
  // to the end of the queue (test/waiting/empty-message-given-up.test.ts); this model has no such thing.
  // Queues in memory have no threads.
  async #threadsHaveLeft(): Promise<void> {
    if (process.env['SYSVMQ_TEST_MEMORY_QUEUES'] === '1') return;
    const until = performance.now() + SETTLE_MS;
    const wanted = new Set(this.receives.map(({ select: { type, except, upTo } }) => inspect([type, except, upTo])));
    while (threadsInMsgrcv() !== wanted.size) {
      if (performance.now() > until) {
        throw new Error(`${threadsInMsgrcv()} threads wait in msgrcv for ${wanted.size} selectors`);
      }
      await nextTurn();
    }
  }

  // Those of which permission was taken away while they waited.
  #countRefused(): void {
    for (const call of [...this.receives, ...this.sends]) {
      const { outcome } = call;
      const code = typeof outcome === 'object' && 'failed' in outcome ? outcome.failed : outcome;
      if (code === DENIED && this.#waited.has(call)) this.count('wait refused');
      if (outcome === undefined) this.#waited.add(call);
    }
  }

  count(call: string): void {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
  }

  // With MSG_STAT_ANY, which takes no permission.
  #contents(): { messageCount: number; usedBytes: number } {
    const { msgctl, MSG_STAT_ANY } = this.library;
    const status = msgctl(this.handle(0).id % INDEXES, MSG_STAT_ANY);
    return { messageCount: status.msg_qnum, usedBytes: status.msg_cbytes };
  }

  /** Waits until these calls have ended with an error of one of these codes. To be settled afterwards. */
  async allFail(codes: readonly string[], which: (call: Pending) => boolean = () => true): Promise<void> {
    const until = performance.now() + SETTLE_MS;
    const receives = this.receives.filter(which);
    const sends = this.sends.filter(which);
    while ([...receives, ...sends].some(({ outcome }) => outcome === undefined)) {
      if (performance.now() > until) throw this.#unexplained([]);
      await nextTurn();
    }
    const found = [
      ...receives.map(({ outcome }) => (outcome as { failed?: string }).failed),
      ...sends.map(({ outcome }) => outcome),
    ];
    const wrong = found.filter((code) => code === undefined || !codes.includes(code));
    if (wrong.length > 0) throw new Error(`calls that were to end with ${codes} came to ${wrong}`);
    this.receives = this.receives.filter((receive) => !receives.includes(receive));
    this.sends = this.sends.filter((send) => !sends.includes(send));
    this.#receivesEnded = true;
  }

  #unexplained(taken: readonly SeenReceive[]): Error {
    const { messageCount, usedBytes } = this.#contents();
    const seen = {
      model: this.model,
      taken: taken.map(({ select, max, outcome }) => ({ select, max, outcome })),
      receives: this.receives.map(({ select, max, aborted, outcome }) => ({ select, max, aborted, outcome })),
      sends: this.sends.map(({ group, givenUp, outcome }) => ({ group, givenUp, outcome })),
      kernel: { messageCount, usedBytes },
    };
    return new Error(`the model cannot explain what happened: ${inspect(seen, { depth: 8 })}`);
  }
}

/** Fails unless two values are equal. */
export function same(what: string, found: unknown, expected: unknown): void {
  if (inspect(found) === inspect(expected)) return;
  throw new Error(`${what} gave ${inspect(found)}, and the model ${inspect(expected)}`);
}
