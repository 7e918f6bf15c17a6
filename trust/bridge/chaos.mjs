// From a queue to a queue over the engine, while bridges and the server are killed, connections are cut, and swallow everything.
import { setTimeout as pause } from 'node:timers/promises';
import { startLossyProxy } from '../../tools/harness/lossy-proxy.cjs';
import { progress } from '../../tools/harness/progress.mjs';
import { Account } from './account.mjs';
import { inRoute, outRoute, take } from './kills.mjs';
import { until } from './scene.mjs';

const MAX_HOLE_MS = 3000;
const MAX_PAUSE_MS = 1200;

/** A bridge that is there again whenever it was killed, or could not start. */
class Kept {
  #scene;
  #route;
  #options;
  #child;
  #isOver = false;
  #running;
  /** Why it is not there again: it stopped by itself. */
  failure;

  constructor(scene, route, options) {
    this.#scene = scene;
    this.#route = route;
    this.#options = options;
    this.#running = this.#run();
    this.#running.catch((error) => {
      this.failure = error;
    });
  }

  async #run() {
    while (!this.#isOver) {
      const child = await this.#scene.bridge(this.#route, this.#options);
      if (child === undefined) {
        await pause(50);
        continue;
      }
      this.#child = child;
      if (this.#isOver) child.kill('SIGKILL');
      await child.exited;
      if (child.stopped !== undefined) throw new Error(child.stopped);
    }
  }

  async kill() {
    const child = this.#child;
    if (child === undefined || child.isOver) return false;
    await this.#scene.kill(child);
    return true;
  }

  /** No other one follows. */
  async end() {
    this.#isOver = true;
    this.#child?.kill('SIGKILL');
    await this.#running.catch(() => undefined); // See failure.
  }
}

/** Kills, cuts and swallows until the deadline. */
async function disturb(scene, random, { deadline, proxy, bridges, counts, account }) {
  let cameBeforeKill = -1;
  const events = {
    out: async () => (counts.kills += Number(await bridges[0].kill())),
    in: async () => {
      const killed = Number(await bridges[1].kill());
      counts.kills += killed;
      counts.inKills += killed;
    },
    // The more a server has stored, the longer it takes to load: killed before that again and again, it would never be there.
    server: async () => {
      if (account.distinct === cameBeforeKill) return;
      cameBeforeKill = account.distinct;
      await scene.server.kill();
      await pause(random.below(500));
      await scene.server.start();
      counts.serverKills += 1;
    },
    cut: async () => {
      proxy.cut();
      counts.cuts += 1;
    },
    // Swallowed bytes are gone: their connection can't go on.
    hole: async () => {
      proxy.isHole = true;
      await pause(random.below(MAX_HOLE_MS));
      proxy.cut();
      proxy.isHole = false;
      counts.holes += 1;
    },
  };
  while (performance.now() < deadline) {
    progress(`${scene.kit.title} chaos: ${counts.kills} kills, ${account.distinct} messages`);
    await pause(random.below(MAX_PAUSE_MS));
    await events[random.pick(Object.keys(events))]();
  }
}

async function accountOfStream(scene) {
  const stored = new Account();
  await scene.client.read('orders', (data, type) => stored.note(data, type));
  return stored;
}

/** However many wait in the stream, as long as they come. */
async function untilAllHaveCome(scene, bridges, account, sent) {
  const words = () => `${account.distinct} of ${sent} messages have come`;
  while (account.distinct < sent) {
    const before = account.distinct;
    const failed = () => bridges.find(({ failure }) => failure !== undefined)?.failure;
    await until('another message has come', () => failed() !== undefined || account.distinct > before).catch(
      async (error) => {
        const { distinct } = await accountOfStream(scene);
        throw new Error(`${error.message}: ${words()}, and the stream has ${distinct} of them`);
      },
    );
    if (failed() !== undefined) throw new Error(`${failed().message} (${words()})`);
  }
}

export async function chaos(scene, random, { until: deadline }) {
  const [from, to] = [scene.queue(), scene.queue()];
  const proxy = await startLossyProxy(scene.server.port);
  const feeder = scene.feed(from);
  const account = new Account();
  const taking = new AbortController();
  const reading = take(to, account, taking.signal);
  // Its end is awaited; when something else fails before, that is what is shown.
  reading.catch(() => undefined);
  const bridges = [
    new Kept(scene, outRoute(from), { port: proxy.port, name: 'a' }),
    new Kept(scene, inRoute(scene, to), { port: proxy.port, name: 'b' }),
  ];
  const counts = { kills: 0, inKills: 0, serverKills: 0, cuts: 0, holes: 0 };
  let sent;
  try {
    await disturb(scene, random, { deadline, proxy, bridges, counts, account });
    sent = await feeder.stop();
    await untilAllHaveCome(scene, bridges, account, sent);
  } finally {
    for (const bridge of bridges) await bridge.end();
    proxy.close();
    taking.abort();
  }
  await reading;
  // A server that comes up refuses some messages for a while: their order may change.
  const isOrdered = false;
  const stored = await accountOfStream(scene);
  const { inKills, ...shown } = counts;
  const mostTwice = inKills + counts.serverKills * scene.kit.twicePerServerKill;
  return {
    wrongs: [
      ...stored.wrongs(sent, 0, { isOrdered }).map((wrong) => `in the stream: ${wrong}`),
      ...account.wrongs(sent, mostTwice, { isOrdered }).map((wrong) => `in the queue: ${wrong}`),
    ],
    counts: { ...shown, messages: sent, twiceStored: stored.twice, twice: account.twice },
  };
}
