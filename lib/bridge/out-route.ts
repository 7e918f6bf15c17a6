/**
 * Queue → stream. A message is in a slot of shared memory from msgrcv until the engine has acknowledged it, so that a kill at
 * any point leaves it in the queue or in a slot. A message in a slot is published again by the next process, under the same
 * id, by which the engine recognizes it.
 */

import type { Owner } from '../consume/state-folder';
import { queueLabel } from '../consume/state-folder';
import * as errno from '../core/errno';
import { clearInterval, clearTimeout, queueMicrotask, setImmediate, setInterval, setTimeout } from '../core/event-loop';
import { errorFromErrno } from '../kernel/error-from-errno';
import { selectionContext } from '../messages/selector';
import type { EngineConnection, Finding, Publisher, PublishOutcome } from './engine';
import { BridgeError } from './errors';
import type { InHandMessage } from './in-hand';
import { isTooLong, likelyLength, OutInventory } from './out-inventory';
import { OutNote } from './out-note';
import { awaitRouteQueue, findRouteQueue, isRemovalResult, openRouteQueue, pendingIn } from './route-queue';
import { noCounts, type RouteHost, type RouteRunner, type RouteState, type RouteStats } from './route-runner';
import type { CheckedOut } from './routes';
import { consumerName } from './state';
import { subjectOf, subjectPattern } from './subjects';

/** The most messages taken in a turn of the event loop. */
const TAKES_IN_A_TURN = 128;
/**
 * Without an answer for this long, the connection counts as dead. The first answer after a server's restart takes
 * seconds.
 */
const ACK_TIMEOUT_MS = 30_000;
const LOOK_MS = 1000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
const NO_THREAD_MS = 50;

export class OutRunner implements RouteRunner {
  readonly route: CheckedOut;
  state: RouteState = 'starting';
  readonly #host: RouteHost;
  readonly #counts = { ...noCounts };
  #owner!: Owner;
  #inventory!: OutInventory;
  #note!: OutNote;
  #origin = '';
  #queueId = -1;
  #connection: EngineConnection | undefined;
  #publisher: Publisher | undefined;
  #error: Error | undefined;
  #watch: NodeJS.Timeout | undefined;
  #stopLooking: (() => void) | undefined;
  #pumpPlanned = false;
  #paused: NodeJS.Timeout | undefined;
  #queueGone = false;
  readonly #toRetry: InHandMessage[] = [];
  #retryTimer: NodeJS.Timeout | undefined;
  #retryDelay = FIRST_RETRY_MS;
  #stopping = false;
  #closed = false;
  #onDone: () => void = () => undefined;

  constructor(route: CheckedOut, host: RouteHost) {
    this.route = route;
    this.#host = host;
  }

  open(): void {
    const { queue, window, name } = this.route;
    this.#queueId = openRouteQueue(queue);
    this.#owner = { queueId: this.#queueId, queueKey: queue.key, consumer: consumerName(this.#host.name, 'out', name) };
    this.#inventory = new OutInventory(this.#host.folder, this.#owner, window);
    this.#note = new OutNote(this.#host.folder, this.#owner);
    for (const message of this.#inventory.inHand) message.storedAfter = this.#note.floor;
    this.#counts.taken = this.#inventory.recovered;
    this.#counts.uncertain = this.#inventory.uncertain;
    this.#origin = `${this.#host.instance}.${queueLabel(this.#owner)}`;
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
  }

  async attach(connection: EngineConnection): Promise<void> {
    if (this.#isOver()) return;
    const { to, deadLetter, window } = this.route;
    const publisher = await connection.openPublisher({
      pattern: subjectPattern(to, this.#host.name),
      deadLetter,
      window,
      onDenied: (error) => this.#fail(error),
    });
    await this.#recover(publisher);
    if (this.#isOver()) return publisher.close();
    this.#connection = connection;
    this.#publisher = publisher;
    this.#retryDelay = FIRST_RETRY_MS;
    for (const message of this.#inventory.inHand) this.#publish(message);
    if (!this.#queueGone) this.#setState('running');
    this.#pump();
  }

  // These are too old for the engine to recognize, so the route searches the stream for their ids.
  async #recover(publisher: Publisher): Promise<void> {
    const { inHand } = this.#inventory;
    if (this.#note.isOf(publisher.identity) === false) {
      for (const message of inHand) message.storedAfter = 0;
      this.#note.begin(publisher.identity);
    }
    const { oldest } = inHand;
    if (oldest === undefined) return;
    const age = Date.now() - oldest.takenAt;
    if (age >= 0 && age < publisher.deduplicationWindow / 2) return;
    const byId = new Map(Array.from(inHand, (message) => [message.id, message]));
    const stored = await publisher.findStored(new Set(byId.keys()), oldest.storedAfter);
    for (const [id, position] of stored) {
      const message = byId.get(id);
      if (message === undefined) continue;
      this.#note.stored(position);
      this.#done(message);
    }
    this.#counts.duplicates += stored.size;
    if (stored.size > 0) this.#host.onDuplicate(this.route.name, stored.size);
  }

  detach(): void {
    this.#publisher?.close();
    this.#publisher = undefined;
    this.#connection = undefined;
    this.#toRetry.length = 0;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    if (!this.#closed) for (const message of this.#inventory.inHand) message.publishedAt = 0;
    if (this.state === 'running') this.#setState('waiting');
  }

  // ---- the loop

  #isOver(): boolean {
    return this.#closed || this.state === 'stopped' || this.state === 'ended';
  }

  #mayTake(): boolean {
    if (this.#publisher === undefined || this.#stopping || this.#queueGone || this.#isOver()) return false;
    return this.#toRetry.length === 0 && this.#paused === undefined && !this.#inventory.waiting;
  }

  #pump(): void {
    for (let taken = 0; this.#mayTake() && this.#inventory.inHand.size < this.#inventory.limit; taken++) {
      if (taken === TAKES_IN_A_TURN) {
        this.#pumpSoon(setImmediate);
        return;
      }
      const message = this.#inventory.take(this.#queueId, this.route.selection);
      if (typeof message === 'number') {
        this.#onNothing(message);
        return;
      }
      this.#counts.taken += 1;
      this.#publish(message);
    }
  }

  // One acknowledgement seldom comes alone.
  #pumpSoon(plan: (callback: () => void) => unknown): void {
    if (this.#pumpPlanned) return;
    this.#pumpPlanned = true;
    plan(() => {
      this.#pumpPlanned = false;
      this.#pump();
    });
  }

  #onNothing(result: number): void {
    if (result === errno.ENOMSG) this.#wait();
    else if (isTooLong(result)) this.#enlarge();
    else if (result === errno.EAGAIN || result === errno.ENOMEM || result === errno.ENOBUFS) this.#pause(NO_THREAD_MS);
    else if (isRemovalResult(result)) this.#onRemoved();
    else this.#fail(this.#errorOf(result));
  }

  #errorOf(result: number): Error {
    return errorFromErrno('msgrcv', result, { queueId: this.#queueId, ...selectionContext(this.route.selection) });
  }

  #pause(milliseconds: number): void {
    this.#paused ??= setTimeout(() => {
      this.#paused = undefined;
      this.#pump();
    }, milliseconds);
  }

  #wait(): void {
    const result = this.#inventory.wait(this.#queueId, this.route.selection, (end, message) => {
      if (message !== undefined) {
        this.#counts.taken += 1;
        if (this.#publisher !== undefined && !this.#isOver()) this.#publish(message);
      } else if (end !== errno.E2BIG && end !== errno.EINTR && end !== errno.ECANCELED && !this.#stopping) {
        this.#onNothing(end);
      }
      this.#endIfDone();
      this.#onDone();
      this.#pump();
    });
    if (result < 0) this.#onNothing(result);
  }

  // msgmax was raised. Everything in hand must be settled first, so that there is one file at a time.
  #enlarge(): void {
    if (this.#inventory.inHand.size > 0) return;
    try {
      this.#inventory.enlarge(this.#queueId);
    } catch (error) {
      this.#host.onError(error as Error, this.route.name);
      this.#pause(LAST_RETRY_MS);
      return;
    }
    this.#pumpSoon(setImmediate);
  }

  // ---- publishing

  #publish(message: InHandMessage): void {
    const publisher = this.#publisher as Publisher;
    const { id, airlock, sequence, type } = message;
    if (message.published) this.#counts.republished += 1;
    else message.storedAfter = this.#note.newest;
    message.published = true;
    message.publishedAt = Date.now();
    this.#counts.published += 1;
    const data = this.#inventory.bytes(message);
    message.data = undefined;
    const to = message.dead ? (this.route.deadLetter as string) : subjectOf(this.route.to, this.#host.name, type);
    publisher.publish({ id, instance: airlock.instance, sequence, type, origin: this.#origin, to, data }, (outcome) => {
      if (publisher === this.#publisher) this.#onOutcome(message, outcome, data.length);
    });
  }

  #onOutcome(message: InHandMessage, outcome: PublishOutcome, length: number): void {
    switch (outcome.kind) {
      case 'stored':
        this.#onStored(message, outcome.duplicate);
        if (!message.dead) this.#note.stored(outcome.position);
        this.#done(message);
        break;
      case 'retry':
        this.#retry(message, outcome.error);
        break;
      default:
        this.#refuse(message, outcome.error, length);
    }
  }

  #onStored(message: InHandMessage, duplicate: boolean): void {
    this.#retryDelay = FIRST_RETRY_MS;
    if (message.dead) this.#counts.deadLettered += 1;
    if (!duplicate) return;
    this.#counts.duplicates += 1;
    this.#host.onDuplicate(this.route.name, 1);
  }

  #done(message: InHandMessage): void {
    this.#counts.acked += 1;
    this.#inventory.free(message);
    this.#note.setFloor(this.#inventory.inHand.oldest?.storedAfter);
    this.#endIfDone();
    this.#pumpSoon(queueMicrotask);
  }

  #retry(message: InHandMessage, error: Error): void {
    if (this.#retryTimer === undefined && this.#retryDelay === FIRST_RETRY_MS)
      this.#host.onError(error, this.route.name);
    message.publishedAt = 0;
    this.#toRetry.push(message);
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      this.#retryDelay = Math.min(this.#retryDelay * 2, LAST_RETRY_MS);
      const again = this.#toRetry.splice(0);
      if (this.#publisher !== undefined) for (const waiting of again) this.#publish(waiting);
      this.#pump();
    }, this.#retryDelay);
  }

  #refuse(message: InHandMessage, error: Error, length: number): void {
    this.#counts.refused += 1;
    this.#host.onRefused(this.route.name, error, { type: message.type, length });
    if (this.route.deadLetter !== undefined && !message.dead) {
      message.dead = true;
      this.#publish(message);
      return;
    }
    const what = message.dead ? 'The dead-letter target refuses a message, too' : 'The engine refuses a message';
    this.#fail(
      new BridgeError(
        'ERR_BRIDGE_REFUSED',
        `${what}: ${error.message}. It stays in hand, and the route has stopped. Raise the engine's limit, or name a dead-letter subject that takes it`,
        error,
      ),
    );
  }

  // The connection is open but silent.
  #look(): void {
    const now = Date.now();
    for (const { publishedAt } of this.#inventory.inHand) {
      if (publishedAt === 0 || now - publishedAt < ACK_TIMEOUT_MS) continue;
      this.#connection?.abandon(new Error(`No acknowledgement came within ${ACK_TIMEOUT_MS / 1000} s`));
      return;
    }
  }

  // ---- the queue, and the end

  #onRemoved(): void {
    if (this.#queueGone) return;
    this.#queueGone = true;
    if (this.route.queue.id !== undefined) {
      this.#endIfDone();
      return;
    }
    this.#setState('waiting');
    this.#stopLooking = awaitRouteQueue(
      this.route.queue,
      (queueId) => {
        this.#queueId = queueId;
        this.#queueGone = false;
        if (this.#publisher !== undefined) this.#setState('running');
        this.#pump();
      },
      (error) => this.#fail(error),
    );
  }

  #fail(error: Error): void {
    if (this.#isOver()) return;
    this.#error = error;
    this.#stopLooking?.();
    this.#inventory.cancelWait();
    this.#setState('stopped', error);
    this.#onDone();
  }

  #setState(state: RouteState, error?: Error): void {
    if (this.#isOver() || this.state === state) return;
    this.state = state;
    this.#host.onState(this.route.name, state, error);
  }

  #endIfDone(): void {
    if (this.#inventory.inHand.size > 0) return;
    if (this.#queueGone && this.route.queue.id !== undefined) this.#setState('ended');
    if (!this.#inventory.waiting) this.#onDone();
  }

  async stop(timeout: number): Promise<void> {
    if (this.#closed) return;
    this.#stopping = true;
    this.#stopLooking?.();
    if (this.#inventory !== undefined) await this.#drain(timeout);
    this.#closed = true;
    this.detach();
    clearInterval(this.#watch);
    clearTimeout(this.#paused);
    this.#note?.close();
    this.#inventory?.close();
  }

  // The wait may hold an empty message, and its thread the lock of the airlock. It ends at once, when its thread reports
  // so, whatever the time-out: otherwise the next bridge might find the lock taken.
  async #drain(timeout: number): Promise<void> {
    const { inHand } = this.#inventory;
    this.#inventory.cancelWait();
    let isLate = false;
    const isDone = (): boolean =>
      !this.#inventory.waiting && (isLate || inHand.size === 0 || this.#isOver() || this.#publisher === undefined);
    if (isDone()) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        if (!isDone()) return;
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        isLate = true;
        finish();
      }, timeout);
      this.#onDone = finish;
    });
  }

  stats(): RouteStats {
    const { size = 0, oldest } = this.#closed ? {} : this.#inventory.inHand;
    const { name, direction } = this.route;
    return {
      name,
      direction,
      state: this.state,
      ...(this.#error === undefined ? {} : { error: this.#error.message }),
      queueId: this.#queueId,
      ...this.#counts,
      inFlight: size,
      oldestAge: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest.takenAt),
      pending: pendingIn(this.#queueId),
      stateBytes: this.#closed ? 0 : this.#inventory.stateBytes,
    };
  }

  async check(connection: EngineConnection): Promise<Finding[]> {
    const { to, deadLetter, name } = this.route;
    const target = { pattern: subjectPattern(to, this.#host.name), deadLetter };
    const queueId = findRouteQueue(this.route.queue);
    const found = await connection.checkTarget(target, likelyLength(queueId));
    return found.map((finding) => ({ ...finding, route: name }));
  }
}
