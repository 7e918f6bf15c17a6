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
import type { EngineConnection, Finding } from './engine';
import type { InHandMessage } from './in-hand';
import { isTooLong, likelyLength, OutInventory } from './out-inventory';
import { OutNote } from './out-note';
import { OutPublishing, type PublishingRoute } from './out-publishing';
import { awaitRouteQueue, findRouteQueue, isRemovalResult, openRouteQueue, pendingIn } from './route-queue';
import { noCounts, type RouteHost, type RouteRunner, type RouteState, type RouteStats } from './route-runner';
import type { CheckedOut } from './routes';
import { consumerName } from './state';
import { subjectPattern } from './subjects';

/** The most messages taken between two turns of the event loop, */
const TAKES_IN_A_TURN = 128;
/** and before the first of them is published. */
const TAKES_AT_ONCE = 32;
const LOOK_MS = 1000;
const NO_THREAD_MS = 50;
const NO_ROOM_MS = 5000;

export class OutRunner implements RouteRunner {
  readonly route: CheckedOut;
  state: RouteState = 'starting';
  readonly #host: RouteHost;
  readonly #counts = { ...noCounts };
  #owner!: Owner;
  #inventory!: OutInventory;
  #note!: OutNote;
  #queueId = -1;
  #connection: EngineConnection | undefined;
  #publishing!: OutPublishing;
  #error: Error | undefined;
  #watch: NodeJS.Timeout | undefined;
  #stopLooking: (() => void) | undefined;
  #pumpPlanned = false;
  #turnPlanned = false;
  #takenInTurn = 0;
  #paused: NodeJS.Timeout | undefined;
  #queueGone = false;
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
    // Before the inventory, which locks the route: a note that cannot be read leaves no lock behind. One that the last owner
    // writes meanwhile only makes a scan longer.
    this.#note = new OutNote(this.#host.folder, this.#owner);
    this.#inventory = new OutInventory(this.#host.folder, this.#owner, window);
    this.#publishing = new OutPublishing(this.#publishingRoute(), this.#inventory, this.#note);
    this.#counts.taken = this.#inventory.recovered;
    this.#counts.uncertain = this.#inventory.uncertain;
    this.#watch = setInterval(() => {
      if (this.#connection !== undefined) this.#publishing.look(this.#connection);
    }, LOOK_MS);
  }

  #publishingRoute(): PublishingRoute {
    return {
      route: this.route,
      host: this.#host,
      counts: this.#counts,
      origin: `${this.#host.instance}.${queueLabel(this.#owner)}`,
      onFreed: () => {
        this.#endIfDone();
        this.#pumpSoon();
      },
      onRetried: () => this.#pump(),
      fail: (error) => this.#fail(error),
    };
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
    await this.#publishing.recover(publisher);
    if (this.#isOver()) return publisher.close();
    this.#connection = connection;
    this.#publishing.begin(publisher);
    if (!this.#queueGone) this.#setState('running');
    this.#pump();
  }

  detach(): void {
    this.#publishing?.end();
    this.#connection = undefined;
    if (this.state === 'running') this.#setState('waiting');
  }

  // ---- the loop

  #isOver(): boolean {
    return this.#closed || this.state === 'stopped' || this.state === 'ended';
  }

  #mayTake(): boolean {
    if (!this.#publishing.isOpen || this.#stopping || this.#queueGone || this.#isOver()) return false;
    return !this.#publishing.isRetrying && this.#paused === undefined && !this.#inventory.waiting;
  }

  #pump(): void {
    for (let taken = 0; this.#mayTake(); ) {
      const room = this.#inventory.limit - this.#inventory.inHand.size;
      if (room <= 0) return;
      if (this.#takenInTurn >= TAKES_IN_A_TURN) {
        this.#pumpNextTurn();
        return;
      }
      const most = Math.min(room, TAKES_AT_ONCE);
      const { messages, end } = this.#inventory.take(
        this.#queueId,
        this.route.selection,
        most,
        this.#publishing.releasesData,
      );
      taken += messages.length;
      this.#takenInTurn += messages.length;
      this.#counts.taken += messages.length;
      for (const message of messages) this.#publishTaken(message);
      if (end === 0) continue;
      // A wait wakes a thread: the engine's client writes the messages to its socket first.
      if (end === errno.ENOMSG && taken > 0) this.#pumpSoon();
      else if (this.#mayTake()) this.#onNothing(end);
      return;
    }
  }

  // A publish may end the route, or its connection.
  #publishTaken(message: InHandMessage): void {
    if (this.#publishing.isOpen && !this.#isOver() && !message.published) this.#publishing.publish(message);
  }

  // One acknowledgement seldom comes alone.
  #pumpSoon(): void {
    if (this.#pumpPlanned) return;
    this.#pumpPlanned = true;
    queueMicrotask(() => {
      this.#pumpPlanned = false;
      this.#pump();
    });
  }

  // Microtasks alone would keep the rest of the process waiting while an engine answers in the same turn.
  #pumpNextTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    setImmediate(() => {
      this.#turnPlanned = false;
      this.#takenInTurn = 0;
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
        this.#publishTaken(message);
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
      this.#pause(NO_ROOM_MS);
      return;
    }
    this.#pumpNextTurn();
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
        if (this.#publishing.isOpen) this.#setState('running');
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
      !this.#inventory.waiting && (isLate || inHand.size === 0 || this.#isOver() || !this.#publishing.isOpen);
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
