// Bridges that are killed while their queue is kept full.
import { setTimeout as pause } from 'node:timers/promises';
import { progress } from '../../tools/harness/progress.mjs';
import { Account } from './account.mjs';
import { until } from './scene.mjs';

const LIFE_MS = 80;
const AHEAD = 4000;
const PUBLISHED_AT_ONCE = 200;

export const outRoute = (queue) => ({ name: 'out', direction: 'out', queue: { key: queue.key }, to: 'orders' });

export const inRoute = (scene, queue, subject = 'orders') => ({
  name: 'in',
  direction: 'in',
  queue: { key: queue.key },
  from: { stream: scene.kit.streamOf(subject), consumer: 'trust' },
});

/** Starts it, lets it run for a moment, and kills it, `most` times or until the time is up; then one that stays. */
async function killAgainAndAgain(scene, random, route, { most, until: deadline, pauseMs = 0 }) {
  while (scene.kills < most && performance.now() < deadline) {
    progress(`${scene.kit.title} ${route.name}: ${scene.kills} kills`);
    const bridge = await scene.bridge(route);
    if (bridge === undefined) throw new Error('the bridge did not start');
    await pause(random.below(LIFE_MS));
    await scene.kill(bridge);
    await pause(pauseMs);
  }
  return scene.bridge(route);
}

/** Queue → stream: every message is stored once, in order, as it was sent. */
export async function out(scene, random, limits) {
  const queue = scene.queue();
  const feeder = scene.feed(queue);
  await killAgainAndAgain(scene, random, outRoute(queue), limits);
  const sent = await feeder.stop();
  await until(
    'all are stored',
    async () => queue.stat().messageCount === 0 && (await scene.client.count('orders')) >= sent,
  );
  const account = new Account();
  await scene.client.read('orders', (data, type) => account.note(data, type));
  return { wrongs: account.wrongs(sent, 0), counts: { kills: scene.kills, messages: sent, twice: account.twice } };
}

/** Messages that are all alike: as many are stored as were sent. */
export async function identical(scene, random, limits) {
  const queue = scene.queue();
  const feeder = scene.feed(queue, 'identical');
  await killAgainAndAgain(scene, random, outRoute(queue), limits);
  const sent = await feeder.stop();
  const stored = () => scene.client.count('orders');
  await until('all are stored', async () => queue.stat().messageCount === 0 && (await stored()) >= sent);
  const count = await stored();
  const wrongs = count === sent ? [] : [`${sent} were sent, and ${count} are stored`];
  return { wrongs, counts: { kills: scene.kills, messages: sent, twice: Math.max(0, count - sent) } };
}

/** A deduplication window of 100 ms, which is over at each start: the stream is read. */
export async function shortWindow(scene, random, limits) {
  await scene.client.addStream('orders', { duplicate_window: 100_000_000 });
  return out(scene, random, { ...limits, pauseMs: 150 });
}

/** Stream → queue: nothing is lost, and a kill makes at most one come twice. */
export async function into(scene, random, limits) {
  const queue = scene.queue();
  await scene.client.addStream('orders');
  const account = new Account();
  let sent = 0;
  let isOver = false;
  const publishing = (async () => {
    while (!isOver) {
      if (sent - account.distinct > AHEAD) await pause(1);
      else {
        const texts = Array.from({ length: PUBLISHED_AT_ONCE }, (_, index) => String(sent + index));
        await scene.client.publishAll('orders', texts);
        sent += PUBLISHED_AT_ONCE;
      }
    }
  })();
  const taking = new AbortController();
  const reading = take(queue, account, taking.signal);
  await killAgainAndAgain(scene, random, inRoute(scene, queue), limits);
  isOver = true;
  await publishing;
  await until('every message has come', () => account.distinct >= sent);
  taking.abort();
  await reading;
  const counts = { kills: scene.kills, messages: sent, twice: account.twice };
  return { wrongs: account.wrongs(sent, scene.kills), counts };
}

/** Takes numbered messages out of a queue until the signal comes. */
export async function take(queue, account, signal) {
  try {
    for (;;) account.note((await queue.receive({ signal })).data);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
