/** A connection to Redis: one client for everything that answers at once, and one for each subscriber that blocks. */

import { clearInterval, setInterval } from '../../core/event-loop';
import type { EngineConnection, Finding, Publisher, PublishTarget, Subscriber, SubscribeSource } from '../engine';
import { within } from '../within';
import { checkRedisSource, checkRedisTarget } from './redis-checks';
import type { RedisLink } from './redis-link';
import { RedisLog } from './redis-log';
import { openRedisPublisher } from './redis-publisher';
import { openRedisSubscriber } from './redis-subscriber';
import type { RedisClient } from './redis-types';

const PING_MS = 5000;
const PINGS_OUT = 2;
const CLOSE_MS = 1000;

export class RedisEngineConnection implements EngineConnection, RedisLink {
  readonly lost: Promise<Error>;
  readonly server: string;
  readonly main: RedisClient;
  readonly log: RedisLog;
  readonly longestValue: number;
  readonly #open: () => Promise<RedisClient>;
  readonly #mayMake: (stream: string) => boolean;
  readonly #clients = new Set<RedisClient>();
  #lose: (reason: Error) => void = () => undefined;
  #pings = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    main: RedisClient,
    { server, longestValue }: { server: string; longestValue: number },
    open: () => Promise<RedisClient>,
    mayMake: (stream: string) => boolean,
  ) {
    this.main = main;
    this.log = new RedisLog(main);
    this.server = server;
    this.longestValue = longestValue;
    this.#open = open;
    this.#mayMake = mayMake;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.#own(main);
    this.#timer = setInterval(() => this.#ping(), PING_MS);
  }

  #own(client: RedisClient): void {
    this.#clients.add(client);
    let reason: Error | undefined;
    client.on('error', (error) => {
      reason = error;
    });
    client.on('end', () => {
      this.#clients.delete(client);
      if (client === this.main) this.abandon(reason ?? new Error('The connection was closed'));
    });
  }

  // A connection that is open and silent is dead after three of these.
  #ping(): void {
    if (this.#pings > PINGS_OUT) {
      this.abandon(new Error(`Redis has not answered for ${(PING_MS * this.#pings) / 1000} s`));
      return;
    }
    this.#pings += 1;
    this.main.call('PING').then(
      () => {
        this.#pings = 0;
      },
      () => undefined,
    );
  }

  async openAnother(): Promise<RedisClient> {
    const client = await this.#open();
    this.#own(client);
    if (this.main.status !== 'ready') client.disconnect();
    return client;
  }

  openPublisher(target: PublishTarget): Promise<Publisher> {
    return openRedisPublisher(this, target);
  }

  openSubscriber(source: SubscribeSource): Promise<Subscriber> {
    return openRedisSubscriber(this, source, this.#mayMake(source.stream));
  }

  checkTarget(target: Pick<PublishTarget, 'pattern' | 'deadLetter'>, longest: number): Promise<Finding[]> {
    return checkRedisTarget(this, target, longest);
  }

  checkSource(source: Omit<SubscribeSource, 'onLost'>): Promise<Finding[]> {
    return checkRedisSource(this, source, this.#mayMake(source.stream));
  }

  async close(): Promise<void> {
    // QUIT is answered after everything before it.
    if (this.main.status === 'ready') await within(CLOSE_MS, this.main.quit());
    this.abandon(new Error('The connection was closed'));
  }

  abandon(reason: Error): void {
    clearInterval(this.#timer);
    this.log.close();
    this.#lose(reason);
    for (const client of [...this.#clients]) client.disconnect();
    this.#clients.clear();
  }
}
