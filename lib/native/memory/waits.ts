/**
 * Waits for queues in memory: what the threads of native/core/waiter.h and sender.h do, done by the call that changes a
 * queue. An event arrives on a later turn of the event loop, as that of a thread does.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { constants } from 'node:os';
import { E2BIG, EAGAIN, ECANCELED, EIDRM, EINVAL } from '../../core/errno';
import { clearInterval, setImmediate, setInterval } from '../../core/event-loop';
import { indexOfMatch, type MemoryKernel, type MemoryQueue, type QueueWatcher, selectorMatches } from './kernel';
import { TakenMessages } from './taken';

const EMSGSIZE = -constants.errno.EMSGSIZE;
/** A timer that keeps the event loop alive, and does nothing. */
const LONG_MS = 0x7fffffff;

interface Subscription {
  readonly id: number;
  readonly type: number | bigint;
  readonly flags: number;
  readonly token: number;
  armed: boolean;
}

interface Sender {
  readonly id: number;
  readonly token: number;
  message: { type: number | bigint; bytes: Uint8Array } | undefined;
}

interface MemoryEvent {
  token: number;
  result: number;
}

export class MemoryWaits implements QueueWatcher {
  readonly taken: TakenMessages;
  readonly #kernel: MemoryKernel;
  readonly #subscriptions = new Map<number, Subscription>();
  /** In the order in which they began to wait. */
  readonly #senders = new Map<number, Sender>();
  readonly #sending = new Set<Sender>();
  readonly #events: MemoryEvent[] = [];
  #lastSlot = 0;
  #tell: (() => void) | undefined;
  #keepsAlive: NodeJS.Timeout | undefined;

  constructor(kernel: MemoryKernel) {
    this.#kernel = kernel;
    this.taken = new TakenMessages(kernel, (id, type) => this.onMessage(id, type));
    kernel.watch(this);
  }

  /** Whether something may wait. */
  get isOpen(): boolean {
    return this.#tell !== undefined;
  }

  open(callback: () => void): void {
    // Not in the context of the call that changes a queue.
    const outside = AsyncLocalStorage.snapshot() as (run: () => void) => void;
    this.#tell = () => outside(callback);
  }

  close(): void {
    this.#tell = undefined;
    this.reference(false);
    this.#subscriptions.clear();
    this.#senders.clear();
    this.#sending.clear();
    this.#events.length = 0;
  }

  reference(keepsAlive: boolean): void {
    clearInterval(this.#keepsAlive);
    this.#keepsAlive = keepsAlive ? setInterval(() => {}, LONG_MS) : undefined;
  }

  nextEvent(): MemoryEvent | undefined {
    return this.#events.shift();
  }

  #post(token: number, result: number): void {
    this.#events.push({ token, result });
    if (this.#events.length === 1) setImmediate(() => this.#tell?.());
  }

  subscribe(id: number, type: number | bigint, flags: number, token: number): number {
    this.#lastSlot += 1;
    this.#subscriptions.set(this.#lastSlot, { id, type, flags, token, armed: false });
    return this.#lastSlot;
  }

  unsubscribe(slot: number): number {
    return this.#subscriptions.delete(slot) ? 0 : EINVAL;
  }

  arm(slot: number): number {
    const subscription = this.#subscriptions.get(slot);
    if (subscription === undefined) return EINVAL;
    const { id, type, flags } = subscription;
    const queue = this.#kernel.find(id);
    subscription.armed = true;
    if (queue === undefined) this.#wake(subscription, EINVAL);
    else if (indexOfMatch(queue.messages, type, flags) >= 0 || this.taken.has(id, type, flags)) {
      this.#wake(subscription, E2BIG);
    }
    return 0;
  }

  disarm(slot: number): number {
    const subscription = this.#subscriptions.get(slot);
    if (subscription === undefined) return EINVAL;
    const { armed } = subscription;
    subscription.armed = false;
    return armed ? 1 : 0;
  }

  /** Ends a wait that has not ended, with an event. */
  cancel(slot: number): number {
    const subscription = this.#subscriptions.get(slot);
    if (subscription?.armed) this.#wake(subscription, ECANCELED);
    return 0;
  }

  #wake(subscription: Subscription, result: number): void {
    subscription.armed = false;
    this.#post(subscription.token, result);
  }

  openSender(id: number, token: number): number {
    this.#lastSlot += 1;
    this.#senders.set(this.#lastSlot, { id, token, message: undefined });
    return this.#lastSlot;
  }

  startSend(slot: number, type: number | bigint, bytes: Uint8Array): number {
    const sender = this.#senders.get(slot);
    if (sender === undefined) return EINVAL;
    sender.message = { type, bytes: Uint8Array.from(bytes) };
    this.#sending.add(sender);
    this.#trySend(sender);
    return 0;
  }

  cancelSend(slot: number): number {
    const sender = this.#senders.get(slot);
    if (sender === undefined) return EINVAL;
    if (this.#sending.has(sender)) this.#endSend(sender, ECANCELED);
    return 0;
  }

  closeSender(slot: number): number {
    const sender = this.#senders.get(slot);
    if (sender !== undefined) this.#sending.delete(sender);
    return this.#senders.delete(slot) ? 0 : EINVAL;
  }

  #trySend(sender: Sender): void {
    const { id, message } = sender;
    if (message === undefined) return;
    const queue = this.#kernel.find(id);
    if (queue !== undefined && message.bytes.length > queue.maxBytes) this.#endSend(sender, EMSGSIZE);
    else {
      const result = this.#kernel.send(id, message.type, message.bytes);
      if (result !== EAGAIN) this.#endSend(sender, result);
    }
  }

  #endSend(sender: Sender, result: number): void {
    this.#sending.delete(sender);
    sender.message = undefined;
    this.#post(sender.token, result);
  }

  onMessage(id: number, type: number | bigint): void {
    for (const each of this.#subscriptions.values()) {
      if (each.armed && each.id === id && selectorMatches(each.type, each.flags, type)) this.#wake(each, E2BIG);
    }
  }

  onRoom({ id }: MemoryQueue): void {
    for (const sender of this.#sending) if (sender.id === id) this.#trySend(sender);
  }

  onRemoved(id: number): void {
    this.taken.forget(id);
    for (const each of this.#subscriptions.values()) if (each.armed && each.id === id) this.#wake(each, EIDRM);
    for (const sender of this.#sending) if (sender.id === id) this.#endSend(sender, EIDRM);
  }
}
