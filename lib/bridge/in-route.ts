/**
 * Stream → queue. The route sends a message to the queue, notes it as settled, and then acknowledges it. It only
 * acknowledges a redelivered message that is noted. Only the message that a kill hits between msgsnd and the note comes
 * twice.
 */

import { Airlock } from '../consume/airlock';
import { type Owner, queueLabel } from '../consume/state-folder';
import { publishSent, sendChannel } from '../core/diagnostics';
import { MessageTooLargeError } from '../core/errors';
import { clearInterval, setImmediate, setInterval } from '../core/event-loop';
import { trySendPayload } from '../messages/send';
import type { EngineConnection, Finding, IncomingMessage, StreamPosition, Subscriber, SubscribeSource } from './engine';
import { BridgeError, isFinal, wordsOf } from './errors';
import { InDeadLetters } from './in-dead-letters';
import { InNote } from './in-note';
import { InQueue } from './in-queue';
import { incomingType } from './incoming-type';
import { findRouteQueue, isRemoval, pendingIn } from './route-queue';
import { noCounts, type RouteHost, type RouteRunner, type RouteState, type RouteStats } from './route-runner';
import type { CheckedIn } from './routes';
import { consumerName, requireAlone, takeOverRoute } from './state';

const FLOOR_MS = 500;
const SENDS_IN_A_TURN = 128;

export class InRunner implements RouteRunner {
  readonly route: CheckedIn;
  state: RouteState = 'starting';
  readonly #host: RouteHost;
  readonly #counts = { ...noCounts };
  readonly #queue: InQueue;
  readonly #note = new InNote();
  readonly #deadLetters: InDeadLetters;
  #owner!: Owner;
  #locks: Airlock[] = [];
  #own = '';
  #subscriber: Subscriber | undefined;
  #connection: EngineConnection | undefined;
  #floorTimer: NodeJS.Timeout | undefined;
  #extendTimer: NodeJS.Timeout | undefined;
  #settledSinceFloor = 0;
  /** Messages delivered and not yet in the queue. */
  #waiting: IncomingMessage[] = [];
  #since = 0;
  #working: Promise<void> | undefined;
  #error: Error | undefined;
  #stopping = false;
  #closed = false;

  constructor(route: CheckedIn, host: RouteHost) {
    this.route = route;
    this.#host = host;
    this.#queue = new InQueue(route.queue);
    this.#deadLetters = new InDeadLetters(route.name, route.deadLetter);
  }

  open(): void {
    const { queue, name } = this.route;
    this.#queue.open();
    this.#owner = { queueId: this.#queue.id, queueKey: queue.key, consumer: consumerName(this.#host.name, 'in', name) };
    this.#own = `${this.#host.instance}.${queueLabel(this.#owner)}`;
    const { folder } = this.#host;
    const found = takeOverRoute(folder, this.#owner);
    this.#locks = found.length > 0 ? found : [Airlock.create(folder, this.#owner, 1, 0)];
    try {
      requireAlone(folder, this.#owner, this.#locks);
    } catch (error) {
      for (const lock of this.#locks) lock.close();
      throw error;
    }
  }

  async attach(connection: EngineConnection): Promise<void> {
    if (this.#isOver()) return;
    const onLost = (error: Error): void => connection.abandon(error);
    const subscriber = await connection.openSubscriber({ ...this.#source(), onLost });
    await this.#deadLetters.open(connection, (error) => this.#fail(error));
    if (this.#isOver()) return;
    this.#connection = connection;
    // Not awaited: the queue may be full.
    this.#resume(connection, subscriber).catch((error) => {
      // Other routes may still wait for acknowledgements over this connection.
      if (this.#stopping) return;
      if (isFinal(error)) this.#fail(error);
      else if (this.#connection === connection) connection.abandon(error as Error);
    });
  }

  #source(): Omit<SubscribeSource, 'onLost'> {
    const { stream, consumer, filter, shared, maxPending, name } = this.route;
    return { stream, consumer, filter, shared, window: maxPending, taker: `${this.#host.name}.${name}` };
  }

  // Messages delivered before and not in the queue come first; then new ones.
  async #resume(connection: EngineConnection, subscriber: Subscriber): Promise<void> {
    // A loop that is in the middle of a message finishes it first.
    await this.#working;
    if (this.#connection !== connection || this.#isOver()) return;
    const settled = await this.#note.open(this.#host.folder, this.#owner, subscriber);
    if (this.#connection !== connection || this.#isOver()) return;
    const isSettled = (position: StreamPosition, storedAt: number, redelivered?: boolean): boolean =>
      settled.isSettled(position, storedAt, redelivered);
    for await (const message of subscriber.unsettled(isSettled)) {
      if (this.#connection !== connection || this.#isOver()) return;
      await this.#deliverAgain(message);
    }
    if (this.#connection !== connection || this.#isOver()) return;
    this.#subscriber = subscriber;
    await subscriber.start((message) => this.#onMessage(message, subscriber));
    // The route was stopped, or lost its connection, meanwhile: no call is left that would clear these timers.
    if (this.#subscriber !== subscriber || this.#isOver()) return;
    this.#floorTimer = setInterval(() => void this.#raiseFloor(subscriber), FLOOR_MS);
    this.#extendTimer = setInterval(() => this.#extend(), subscriber.acknowledgeWithin / 3);
    this.#setState('running');
  }

  // The next connection, and stop(), wait for its end.
  async #deliverAgain(message: IncomingMessage): Promise<void> {
    const delivered = this.#deliver(message);
    const ended = (): void => undefined;
    const working = delivered.then(ended, ended);
    this.#working = working;
    try {
      await delivered;
    } finally {
      if (this.#working === working) this.#working = undefined;
    }
  }

  detach(): void {
    clearInterval(this.#floorTimer);
    clearInterval(this.#extendTimer);
    void this.#subscriber?.stop().catch(() => undefined);
    this.#subscriber = undefined;
    this.#connection = undefined;
    this.#deadLetters.close(new Error('The connection was lost'));
    // The engine delivers them again.
    this.#waiting = [];
    this.#note.forgetFloor();
    if (this.state === 'running') this.#setState('waiting');
  }

  async #raiseFloor(subscriber: Subscriber): Promise<void> {
    if (this.#settledSinceFloor === 0) return;
    this.#settledSinceFloor = 0;
    try {
      const floor = await subscriber.floor();
      if (subscriber === this.#subscriber) this.#note.raiseFloor(floor);
    } catch {
      // The connection reports that itself.
    }
  }

  #extend(): void {
    for (const message of this.#waiting) message.extend();
  }

  // ---- messages

  #isOver(): boolean {
    return this.#closed || this.state === 'stopped' || this.state === 'ended';
  }

  #onMessage(message: IncomingMessage, subscriber: Subscriber): void {
    if (subscriber !== this.#subscriber || this.#isOver() || this.#stopping) return;
    if (this.#waiting.length === 0) this.#since = Date.now();
    this.#waiting.push(message);
    if (this.#working === undefined) this.#work();
  }

  #work(): void {
    this.#working = this.#workThrough()
      .catch((error) => this.#fail(error as Error))
      .finally(() => {
        this.#working = undefined;
        if (this.#waiting.length > 0 && !this.#isOver() && !this.#stopping) this.#work();
      });
  }

  // A message that stays in the list is extended; one that went to the queue leaves the list.
  async #workThrough(): Promise<void> {
    // Messages come in groups: their acknowledgements then leave in one write.
    await undefined;
    for (let done = 1; this.#waiting.length > 0 && !this.#isOver() && !this.#stopping; done++) {
      const message = this.#waiting[0] as IncomingMessage;
      if (!this.#tryDeliver(message)) {
        if (await this.#deliverTogether()) continue;
        await this.#deliver(message);
      }
      if (this.#waiting[0] === message) this.#waiting.shift();
      if (done % SENDS_IN_A_TURN === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Delivers if that needs no wait. False: it needs one, or the case is not the usual one. */
  #tryDeliver(message: IncomingMessage): boolean {
    if (this.#note.isSettled(message)) {
      this.#counts.duplicates += 1;
      message.acknowledge();
      return true;
    }
    const type = this.#typeOf(message);
    if (type === undefined) return false;
    try {
      if (!trySendPayload(this.#queue.id, message.data, type)) return false;
    } catch {
      return false;
    }
    this.#counts.taken += 1;
    this.#sent(message);
    return true;
  }

  /** The type to send it with; undefined: it does not go to the queue, or only after a closer look. */
  #typeOf(message: IncomingMessage): number | bigint | undefined {
    if (message.origin === this.#own || message.fault !== undefined) return undefined;
    return incomingType(this.route.type, message);
  }

  /** Has a thread wait for room. False: no message was sent. */
  async #deliverTogether(): Promise<boolean> {
    const { id } = this.#queue;
    const sent = await this.#note.sendTogether(id, this.#waiting, (message) => this.#typeOf(message));
    for (const message of sent) {
      this.#counts.taken += 1;
      if (sendChannel.hasSubscribers) publishSent(id, this.#typeOf(message) as number | bigint, message.data.length);
      this.#counts.published += 1;
      this.#acknowledge(message);
      if (this.#waiting[0] === message) this.#waiting.shift();
    }
    return sent.length > 0;
  }

  #sent(message: IncomingMessage): void {
    this.#counts.published += 1;
    this.#settle(message);
  }

  // The note comes before the acknowledgement: after a kill in between, the redelivered message is recognized.
  #settle(message: IncomingMessage): void {
    this.#note.settle(message);
    this.#acknowledge(message);
  }

  #acknowledge(message: IncomingMessage): void {
    this.#counts.acked += 1;
    this.#settledSinceFloor += 1;
    message.acknowledge();
  }

  async #deliver(message: IncomingMessage): Promise<void> {
    if (this.#tryDeliver(message)) return;
    this.#counts.taken += 1;
    // The message came from this queue.
    if (message.origin === this.#own) return this.#settle(message);
    const type = incomingType(this.route.type, message);
    const noType = type === undefined ? `'${message.type ?? message.subject}' is not a message type` : undefined;
    const fault = message.fault ?? noType;
    if (type === undefined || fault !== undefined) return this.#refuse(message, new Error(fault));
    while (!this.#isOver() && !this.#stopping) {
      try {
        await this.#queue.send(message.data, type);
        return this.#sent(message);
      } catch (error) {
        if (this.#stopping || this.#closed) return;
        if (error instanceof MessageTooLargeError) return await this.#refuse(message, error);
        if (!isRemoval(error)) throw error;
        await this.#awaitQueue();
      }
    }
  }

  async #refuse(message: IncomingMessage, error: Error): Promise<void> {
    this.#counts.refused += 1;
    this.#host.onRefused(this.route.name, error, { type: message.type, length: message.data.length });
    if (this.#deadLetters.subject === undefined) {
      throw new BridgeError(
        'ERR_BRIDGE_REFUSED',
        `A message can't go to the queue: ${wordsOf(error)}. It stays in the stream, and the route has stopped. Raise the limit, or name a dead-letter subject`,
        error,
      );
    }
    // The dead letter is stored before the message leaves its stream's consumer.
    await this.#deadLetters.publish(message, this.#note.identity);
    this.#counts.deadLettered += 1;
    this.#note.settle(message);
    message.terminate();
  }

  // ---- the queue, and the end

  async #awaitQueue(): Promise<void> {
    this.#setState(this.#queue.canReturn ? 'waiting' : 'ended');
    if (!this.#queue.canReturn) return;
    const isBack = await this.#queue.awaitReturn();
    if (isBack && this.#subscriber !== undefined) this.#setState('running');
  }

  #fail(error: Error): void {
    if (this.#isOver() || this.#stopping) return;
    // For a connection that is gone: its messages come again over the next one.
    if (!isFinal(error) && this.#connection === undefined) return;
    this.#error = error;
    this.#setState('stopped', error);
    void this.#subscriber?.stop().catch(() => undefined);
  }

  #setState(state: RouteState, error?: Error): void {
    if (this.#isOver() || this.state === state) return;
    this.state = state;
    this.#host.onState(this.route.name, state, error);
  }

  async stop(): Promise<void> {
    if (this.#closed) return;
    this.#stopping = true;
    await this.#subscriber?.stop().catch(() => undefined);
    this.#queue.stop();
    this.#note.cancel();
    this.#deadLetters.lose(new Error('The bridge was stopped'));
    await this.#working;
    this.#closed = true;
    this.detach();
    this.#queue.close();
    this.#note.close();
    for (const lock of this.#locks) lock.close();
  }

  stats(): RouteStats {
    const { name, direction } = this.route;
    return {
      name,
      direction,
      state: this.state,
      ...(this.#error === undefined ? {} : { error: this.#error.message }),
      queueId: this.#queue.id,
      ...this.#counts,
      inFlight: this.#waiting.length,
      oldestAge: this.#waiting.length === 0 ? 0 : Date.now() - this.#since,
      pending: pendingIn(this.#queue.id),
      stateBytes: this.#closed ? 0 : this.#locks.reduce((sum, { bytes }) => sum + bytes, 0) + NOTE_BYTES,
    };
  }

  async check(connection: EngineConnection): Promise<Finding[]> {
    const { name, deadLetter } = this.route;
    findRouteQueue(this.route.queue);
    const found = await connection.checkSource(this.#source());
    if (deadLetter !== undefined) {
      found.push(...(await connection.checkTarget({ pattern: deadLetter, deadLetter: undefined }, 0)));
    }
    return found.map((finding) => ({ ...finding, route: name }));
  }
}

const NOTE_BYTES = 4096 + 2 ** 20;
