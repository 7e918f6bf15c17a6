// Consumers that are killed at random while a program in C keeps their queue full.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { account, readLog } from './account.mjs';
import { until } from './scene.mjs';

/** Of a message in the log: the lines of its beginning and of its end; or beside rivals, whose lines are short, on average. */
const LOG_BYTES = 75;
const LOG_BYTES_BESIDE_RIVALS = 45;
/** Of the work, so much is done between the kills: all of them are to come while the queue is kept full. */
const DONE_BETWEEN_KILLS = 0.45;

const numbers = (count) => Array.from({ length: count }, (_, number) => String(number));

/** `kills` kills, in turn among `workers` workers, spread over the work of `count` messages. */
async function killInTurn(scene, random, { kills, count, workers, rivals = 0, kind = 'numbered', work }) {
  const queue = scene.queue();
  const settings = () => ({
    key: queue.key,
    kind,
    work,
    options: { concurrency: random.pick([1, 1, 2, 4, 8]), attempts: 1000 },
  });
  // One that is being started is awaited when its turn comes, so that the others are killed meanwhile.
  const running = Array.from({ length: workers }, () => scene.work(settings()));
  const { sent } = scene.feed(queue, count, kind);
  const taking = Array.from({ length: rivals }, () => scene.rival(queue));
  let fed = false;
  sent.then(() => {
    fed = true;
  });
  let full = 0;
  const bytes = rivals > 0 ? LOG_BYTES_BESIDE_RIVALS : LOG_BYTES;
  const between = (count * bytes * DONE_BETWEEN_KILLS) / kills;
  for (let killed = 0; killed < kills; killed++) {
    const slot = killed % workers;
    await scene.progress(random.below(2 * between), () => fed && queue.stat().messageCount === 0);
    await pause(random.below(3));
    if (queue.stat().messageCount > 0) full += 1;
    await scene.kill(await running[slot]);
    running[slot] = scene.work(settings());
  }
  await sent;
  const expected = kind === 'identical' ? { count } : { names: numbers(count) };
  await scene
    .until(
      'every message is handled',
      () => {
        if (queue.stat().messageCount > 0) return false;
        const { counts, wrongs } = account(scene.log, { ended: scene.ended, ...expected });
        return counts.handled + counts.byRivals >= count || wrongs.some((words) => words.includes('twice'));
      },
      kills < 50 ? 200 : 2000,
    )
    .catch(() => undefined); // The account says what is missing.
  for (const worker of running) await scene.finish(await worker);
  for (const rival of taking) {
    const ended = once(rival, 'exit');
    rival.kill('SIGKILL');
    await ended;
  }
  const { wrongs, counts } = account(scene.log, { ended: scene.ended, ...expected });
  if (scene.airlocks().length > 0) wrongs.push(`${scene.airlocks().length} airlocks are left`);
  // A few kills may all be late on a busy machine.
  if (full < (kills < 50 ? 1 : kills * 0.8)) wrongs.push(`the queue was empty at ${kills - full} of ${kills} kills`);
  return { wrongs, counts: { kills, messages: count, ...counts } };
}

export const killed = (scene, random, size) =>
  killInTurn(scene, random, { kills: size(4, 500), count: size(3000, 200_000), workers: 1 });

export const identical = (scene, random, size) =>
  killInTurn(scene, random, { kills: size(3, 100), count: size(2000, 50_000), workers: 1, kind: 'identical' });

export const four = (scene, random, size) =>
  killInTurn(scene, random, { kills: size(6, 200), count: size(6000, 200_000), workers: 4, rivals: 2, work: 'slow' });

/** Messages whose handler kills the process: dead letters after their attempts, while the others go on. */
export async function poison(scene, _random, size) {
  const count = size(2, 20);
  const attempts = 2;
  const queue = scene.queue();
  const letters = scene.queue();
  const good = [];
  for (let number = 0; number < count; number++) {
    queue.trySend(`poison${number}:`, { type: 9 });
    queue.trySend(`good${number}:`, { type: 3 });
    good.push(`good${number}`);
  }
  let starts = 0;
  const isOver = () => queue.stat().messageCount === 0 && letters.stat().messageCount === count;
  let worker;
  while (!isOver()) {
    if (++starts > count * attempts + 5) break;
    worker = await scene.work({ key: queue.key, kind: 'poison', deadLetterKey: letters.key, options: { attempts } });
    await Promise.race([worker.exited, until('all are dealt with', isOver)]);
    scene.ended.set(worker.number, { concurrency: 1 });
  }
  if (worker.child.exitCode === null && worker.child.signalCode === null) await scene.finish(worker);
  const found = letters.tryReceiveMany({ max: 1000 }).map(({ type, data }) => `${type} ${data}`);
  const wanted = Array.from({ length: count }, (_, number) => `9 poison${number}:`);
  const { wrongs, counts } = account(scene.log, { ended: scene.ended });
  if (String(found.sort()) !== String(wanted.sort())) wrongs.push(`the dead letters are ${found}`);
  const { ids } = readLog(scene.log);
  for (const { name, begun } of ids.values()) {
    if (name.startsWith('poison') && begun.length !== attempts) wrongs.push(`${name} was begun ${begun.length} times`);
  }
  const handled = [...ids.values()].filter(({ done }) => done.length > 0).map(({ name }) => name);
  if (String(handled.sort()) !== String(good.sort()))
    wrongs.push(`of the others ${handled.length} of ${count} were handled`);
  return { wrongs, counts: { poison: count, starts, ...counts } };
}

/** SIGTERM with work in hand: what is done does not come again, and nothing is lost. */
export async function terminated(scene, random, size) {
  const rounds = size(4, 200);
  const count = rounds * 40;
  const queue = scene.queue();
  const { sent } = scene.feed(queue, count);
  const expected = { names: numbers(count) };
  const settings = (closeTimeout) => ({
    ...{ key: queue.key, work: 'long', closeTimeout },
    options: { concurrency: 4, attempts: 1000 },
  });
  for (let round = 0; round < rounds; round++) {
    // Half of them have no time for what is begun.
    const worker = await scene.work(settings(round % 2 === 0 ? 0 : 1000));
    await scene.progress(random.between(1, 20 * LOG_BYTES), () => queue.stat().messageCount === 0);
    await scene.kill(worker, { gracefully: true });
  }
  const last = await scene.work({ key: queue.key, options: { concurrency: 16, attempts: 1000 } });
  await sent;
  await scene.until(
    'every message is handled',
    () => account(scene.log, { ended: scene.ended }).counts.handled === count,
    200,
  );
  await scene.finish(last);
  const { wrongs, counts } = account(scene.log, { ended: scene.ended, ...expected });
  return { wrongs, counts: { stops: rounds, messages: count, ...counts } };
}
