/**
 * What an out route has in hand, on its way to the stream: each message is published until the engine has stored it, or
 * has refused it for good.
 */

import { clearTimeout, setTimeout } from '../core/event-loop';
import type { EngineConnection, Publisher, PublishOutcome } from './engine';
import { BridgeError, wordsOf } from './errors';
import type { InHandMessage } from './in-hand';
import type { OutInventory } from './out-inventory';
import type { OutNote } from './out-note';
import type { Counts, RouteHost } from './route-runner';
import type { CheckedOut } from './routes';
import { subjectOf } from './subjects';

/**
 * Without an answer for this long, the connection counts as dead. The first answer after a server's restart takes
 * seconds.
 */
const ACK_TIMEOUT_MS = 30_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

/** The route, as far as publishing reports to it. */
export interface PublishingRoute {
  readonly route: CheckedOut;
  readonly host: RouteHost;
  readonly counts: Counts;
  /** This queue, for `Sysvmq-Origin`. */
  readonly origin: string;
  /** A message is no longer in hand. */
  onFreed(): void;
  /** The messages that waited for their next try have been published again. */
  onRetried(): void;
  /** A message can never be delivered. */
  fail(error: Error): void;
}

export class OutPublishing {
  readonly #owner: PublishingRoute;
  readonly #inventory: OutInventory;
  readonly #note: OutNote;
  #publisher: Publisher | undefined;
  readonly #toRetry: InHandMessage[] = [];
  #retryTimer: NodeJS.Timeout | undefined;
  #retryDelay = FIRST_RETRY_MS;

  constructor(owner: PublishingRoute, inventory: OutInventory, note: OutNote) {
    this.#owner = owner;
    this.#inventory = inventory;
    this.#note = note;
    for (const message of inventory.inHand) message.storedAfter = note.floor;
  }

  /** Whether there is a connection. */
  get isOpen(): boolean {
    return this.#publisher !== undefined;
  }

  /** Whether the memory of a message may be used again after its outcome. */
  get releasesData(): boolean {
    return this.#publisher?.releasesData === true;
  }

  /** Whether messages wait for their next try. */
  get isRetrying(): boolean {
    return this.#toRetry.length > 0;
  }

  /** Frees the messages in hand that the stream has, if they are too old for the engine to recognize them. */
  async recover(publisher: Publisher): Promise<void> {
    const { inHand } = this.#inventory;
    if (!this.#note.isOf(publisher.identity)) {
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
    const { counts, host, route } = this.#owner;
    counts.duplicates += stored.size;
    if (stored.size > 0) host.onDuplicate(route.name, stored.size);
  }

  /** Publishes over this connection, beginning with the messages in hand. */
  begin(publisher: Publisher): void {
    this.#publisher = publisher;
    this.#retryDelay = FIRST_RETRY_MS;
    for (const message of this.#inventory.inHand) this.publish(message);
  }

  /** The connection is lost, or no longer needed. */
  end(): void {
    this.#publisher?.close();
    this.#publisher = undefined;
    this.#toRetry.length = 0;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#inventory.forgetBytes();
    for (const message of this.#inventory.inHand) message.publishedAt = 0;
  }

  publish(message: InHandMessage): void {
    const publisher = this.#publisher as Publisher;
    const { route, host, counts, origin } = this.#owner;
    const { id, airlock, sequence, type } = message;
    if (message.published) counts.republished += 1;
    else message.storedAfter = this.#note.newest;
    message.published = true;
    message.publishedAt = Date.now();
    counts.published += 1;
    const data = this.#inventory.bytes(message);
    message.data = undefined;
    const to = message.dead ? (route.deadLetter as string) : subjectOf(route.to, host.name, type);
    publisher.publish({ id, instance: airlock.instance, sequence, type, origin, to, data }, (outcome) => {
      if (publisher === this.#publisher) this.#onOutcome(message, outcome, data.length);
    });
  }

  #onOutcome(message: InHandMessage, outcome: PublishOutcome, length: number): void {
    this.#inventory.releaseBytes(message);
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
    const { route, host, counts } = this.#owner;
    this.#retryDelay = FIRST_RETRY_MS;
    if (message.dead) counts.deadLettered += 1;
    if (!duplicate) return;
    counts.duplicates += 1;
    host.onDuplicate(route.name, 1);
  }

  #done(message: InHandMessage): void {
    this.#owner.counts.acked += 1;
    this.#inventory.free(message);
    this.#note.setFloor(this.#inventory.inHand.oldest?.storedAfter);
    this.#owner.onFreed();
  }

  #retry(message: InHandMessage, error: Error): void {
    const { host, route } = this.#owner;
    if (this.#retryTimer === undefined && this.#retryDelay === FIRST_RETRY_MS) host.onError(error, route.name);
    message.publishedAt = 0;
    this.#toRetry.push(message);
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      this.#retryDelay = Math.min(this.#retryDelay * 2, LAST_RETRY_MS);
      const again = this.#toRetry.splice(0);
      if (this.#publisher !== undefined) for (const waiting of again) this.publish(waiting);
      this.#owner.onRetried();
    }, this.#retryDelay);
  }

  #refuse(message: InHandMessage, error: Error, length: number): void {
    const { host, route, counts } = this.#owner;
    counts.refused += 1;
    host.onRefused(route.name, error, { type: message.type, length });
    if (route.deadLetter !== undefined && !message.dead) {
      message.dead = true;
      this.publish(message);
      return;
    }
    const what = message.dead ? 'The dead-letter target refuses a message, too' : 'The engine refuses a message';
    this.#owner.fail(
      new BridgeError(
        'ERR_BRIDGE_REFUSED',
        `${what}: ${wordsOf(error)}. It stays in hand, and the route has stopped. Raise the engine's limit, or name a dead-letter subject that takes it`,
        error,
      ),
    );
  }

  /** Abandons a connection that is open but silent. */
  look(connection: EngineConnection): void {
    const now = Date.now();
    for (const { publishedAt } of this.#inventory.inHand) {
      if (publishedAt === 0 || now - publishedAt < ACK_TIMEOUT_MS) continue;
      connection.abandon(new Error(`No acknowledgement came within ${ACK_TIMEOUT_MS / 1000} s`));
      return;
    }
  }
}
