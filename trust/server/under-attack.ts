/**
 * A live RequestServer and RequestClient, to whose queues another process sends messages that it should not: every honest request is
 * handled once and answered once, and what was refused is in the counts.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { MessageQueue, RequestClient, RequestServer } from '../../lib/index';
import { type Attack, anyAttacks, isRequest, type Places } from './attacks';

type Library = typeof import('../../lib/index');

/** Where replies go: to a queue of the client's own, to one that is shared, or to the queue of the requests. */
const arrangements = ['private', 'shared', 'one queue'] as const;
type Arrangement = (typeof arrangements)[number];

interface Tally {
  runs: number;
  honest: number;
  attacks: number;
  malformed: number;
  expired: number;
  failed: number;
  undeliverable: number;
  stray: number;
  late: number;
}

export const emptyTally = (): Tally => ({
  runs: 0,
  honest: 0,
  attacks: 0,
  malformed: 0,
  expired: 0,
  failed: 0,
  undeliverable: 0,
  stray: 0,
  late: 0,
});

interface Question {
  honest: number;
  slow?: boolean;
}

const REPLY_TYPE = 100_000;
const LAST_REQUEST_TYPE = 0xffff;
/** How long a call that ends at once may take on a busy machine. */
const PATIENCE_MS = 30_000;
const HONEST_BETWEEN = 3;

function must(holds: boolean, what: string, ...about: unknown[]): void {
  if (!holds) throw new Error(`this must hold: ${what}; ${about.map((one) => inspect(one)).join(', ')}`);
}

async function until(words: string, condition: () => boolean, about: () => unknown): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !condition(); await nextTurn()) {
    must(performance.now() < deadline, words, about());
  }
}

class Scene {
  readonly requests: MessageQueue<Question>;
  readonly server: RequestServer<Question, number>;
  readonly client: RequestClient<Question, number>;
  readonly #shared: MessageQueue<number> | undefined;
  readonly #library: Library;
  readonly #handled = new Map<number, number>();
  readonly #asked: Promise<void>[] = [];
  #places: Places | undefined;
  #slow: (() => void)[] = [];
  #errors: unknown[] = [];
  #handlerErrors = 0;
  #sent = { server: 0, client: 0, malformed: 0 };
  #given = 0;

  constructor(library: Library, arrangement: Arrangement, concurrency: number) {
    const { MessageQueue, RequestClient, RequestServer, codecs } = library;
    this.#library = library;
    this.requests = MessageQueue.createPrivate({ codec: codecs.json<Question>() });
    const handle = (question: Question) => this.#handle(question);
    this.server = new RequestServer(this.requests, handle, { upTo: LAST_REQUEST_TYPE, concurrency });
    this.server.on('error', (error) => this.#errors.push(error));
    this.server.on('handlerError', () => {
      this.#handlerErrors += 1;
    });
    if (arrangement === 'shared') this.#shared = MessageQueue.createPrivate({ codec: codecs.json<number>() });
    this.client = new RequestClient<Question, number>(
      this.requests,
      arrangement === 'private' ? { replies: 'private' } : { replies: this.#shared, replyType: REPLY_TYPE },
    );
  }

  /** The queue in which replies arrive is there after the first request. */
  async begin(): Promise<void> {
    const before = this.#library.listQueues().map(({ id }) => id);
    await this.#ask();
    const made = this.#library.listQueues().find(({ id }) => !before.includes(id))?.id;
    const inboxId = this.#shared?.id ?? made ?? this.requests.id;
    this.#places = { requestsId: this.requests.id, inboxId, inboxType: REPLY_TYPE };
  }

  // Functions that are not ours may be called with any value.
  async #handle(question: Question): Promise<number> {
    const number = question?.honest;
    if (typeof number !== 'number' || !this.#isOurs(number)) return 0;
    this.#handled.set(number, (this.#handled.get(number) ?? 0) + 1);
    if (question.slow) await new Promise<void>((resolve) => this.#slow.push(resolve));
    return number * 2;
  }

  // Numbers that no arbitrary makes.
  #isOurs(number: number): boolean {
    return number > 1_000_000_000_000 && number <= 1_000_000_000_000 + this.#given;
  }

  #nextNumber(): number {
    this.#given += 1;
    return 1_000_000_000_000 + this.#given;
  }

  async #ask(): Promise<void> {
    const honest = this.#nextNumber();
    const answer = await this.client.request({ honest }, { timeout: PATIENCE_MS });
    must(answer === honest * 2, 'an honest request gets its own reply', honest, answer);
  }

  ask(): void {
    const asked = this.#ask();
    asked.catch(() => undefined); // It is looked at in the end.
    this.#asked.push(asked);
  }

  /** A request that is canceled while it is handled: its reply comes late. */
  async giveUp(): Promise<void> {
    const { lateReplies } = this.client.stats;
    const controller = new AbortController();
    const honest = this.#nextNumber();
    const asked = this.client.request({ honest, slow: true }, { signal: controller.signal });
    asked.catch(() => undefined);
    await until(
      'it is handled',
      () => this.#slow.length > 0,
      () => this.server.stats,
    );
    controller.abort();
    const { code } = (await asked.catch((error) => error)) as NodeJS.ErrnoException;
    must(code === 'ABORT_ERR', 'it was canceled', code);
    for (const answer of this.#slow.splice(0)) answer();
    await until(
      'its reply came late',
      () => this.client.stats.lateReplies > lateReplies,
      () => this.client.stats,
    );
  }

  async attack(attack: Attack): Promise<void> {
    const { requestsId, inboxId, inboxType } = this.#places as Places;
    const bytes = attack.bytes({ requestsId, inboxId, inboxType });
    const toServer = attack.to === 'server';
    const raw = this.#library.MessageQueue.attach(toServer ? requestsId : inboxId);
    const type = toServer ? 1 + (bytes.length % LAST_REQUEST_TYPE) : inboxType;
    for (let times = 0; times < attack.times; times++) {
      await until(
        'there is room again',
        () => raw.trySend(bytes, { type }),
        () => [attack.words, raw.stat()],
      );
      this.#sent[attack.to] += 1;
      if (toServer && !isRequest(bytes)) this.#sent.malformed += 1;
    }
    raw.close();
  }

  /** Waits for all that must come, and compares the counts. */
  async check(tally: Tally): Promise<void> {
    await Promise.all(this.#asked);
    const { server, client } = this;
    const about = (): unknown => [server.stats, client.stats, this.#sent, this.#given];
    await until(
      'the server has taken and answered all',
      () =>
        server.stats.received === this.#sent.server + this.#given && server.stats.active + server.stats.backlog === 0,
      about,
    );
    const { received, malformed, expired, replied, undeliverable, failed } = server.stats;
    must(malformed === this.#sent.malformed, 'what is no request is counted as malformed', about());
    must(received === malformed + expired + replied + undeliverable, 'each message came to one end', about());
    await until(
      'each failure was reported',
      () => this.#handlerErrors === failed,
      () => [this.#handlerErrors, about()],
    );
    must(this.#errors.length === 0 && !server.closed, 'the server goes on', this.#errors);
    must(this.#handled.size === this.#given, 'each honest request was handled', about());
    must(
      [...this.#handled.values()].every((count) => count === 1),
      'and once',
      this.#handled,
    );

    await until('the client has taken all', () => client.stats.strayMessages >= this.#sent.client, about);
    const { strayMessages, lateReplies, pending, replies } = client.stats;
    // Requests may have named its queue for their replies.
    const strays = this.#sent.client + this.#sent.server - this.#sent.malformed;
    must(strayMessages <= strays, 'no reply of its own is a stray', about());
    must(pending === 0 && replies + lateReplies === this.#given, 'each request has had its reply', about());
    tally.runs += 1;
    tally.honest += this.#given;
    tally.attacks += this.#sent.server + this.#sent.client;
    tally.malformed += malformed;
    tally.expired += expired;
    tally.failed += failed;
    tally.undeliverable += undeliverable;
    tally.stray += strayMessages;
    tally.late += lateReplies;
  }

  async end(): Promise<void> {
    this.client.close();
    await this.server.close({ timeout: 0 });
    this.requests.remove();
    this.#shared?.remove();
  }
}

/** For any attacks, in any arrangement: honest requests are answered, and the counts say what was refused. */
export function serverProperty(library: Library, tally: Tally) {
  const cases = fc.record({
    arrangement: fc.constantFrom(...arrangements),
    concurrency: fc.constantFrom(1, 2, 16),
    attacks: anyAttacks,
    gaveUp: fc.integer({ min: 0, max: 2 }),
  });
  return fc.asyncProperty(cases, async ({ arrangement, concurrency, attacks, gaveUp }) => {
    const scene = new Scene(library, arrangement, concurrency);
    try {
      await scene.begin();
      for (const [index, attack] of attacks.entries()) {
        if (index % HONEST_BETWEEN === 0) scene.ask();
        await scene.attack(attack);
      }
      for (let times = 0; times < gaveUp; times++) await scene.giveUp();
      scene.ask();
      await scene.check(tally);
    } finally {
      await scene.end();
    }
  });
}
