// What changes under a consumer: its queue goes and comes back, limits move; and messages of all sizes and types.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { readLimit, statusField, writeLimit } from '../../tools/harness/proc.cjs';
import { account, HandledNames, readLog } from './account.mjs';

const MIB = 1 << 20;

/** Halts a process, and returns when it does nothing more. */
async function halt(child) {
  child.kill('SIGSTOP');
  while (child.exitCode === null && !statusField('State', child.pid)?.startsWith('T')) await pause(1);
}

/**
 * The queue is removed with messages in it and in hand, and made again with the same key. The kernel drops what is in it,
 * which was sent last; all else is handled.
 */
export async function removed(scene, random, size) {
  const rounds = size(4, 60);
  const each = 400;
  const key = 0x7c5f0000 + random.below(0xffff);
  const wrongs = [];
  const totals = { rounds, messages: 0, gone: 0, recreated: 0 };
  const options = { concurrency: 4, attempts: 1000 };
  const handledNames = new HandledNames(scene.log);
  let queue = scene.queue({}, key);
  const start = () => scene.work({ key, work: 'slow', options });
  let worker = await start();
  for (let round = 0; round < rounds; round++) {
    const { sent, child: feeder } = scene.feed(queue, each, 'numbered', round * each);
    if (random.below(2) === 0) queue.set({ maxBytes: random.between(2000, 16_384) });
    let fed = false;
    sent.then(() => {
      fed = true;
    });
    await scene.progress(random.below(each * 75), () => fed && queue.stat().messageCount === 0);
    if (random.below(3) === 0) {
      await scene.kill(worker);
      worker = await start();
    }
    // Of a halted feeder, no message comes between the two calls: no more are gone than were counted.
    await halt(feeder);
    const { messageCount } = queue.stat();
    queue.remove();
    feeder.kill('SIGCONT');
    const count = await sent;
    const names = Array.from({ length: count }, (_, number) => String(round * each + number));
    await pause(random.below(30));
    queue = scene.queue({}, key);
    totals.recreated += 1;
    const marker = round * each + each - 1;
    // Sent last into the new queue: when it is handled, so is everything that was in hand before.
    if (count < each) scene.feed(queue, 1, 'numbered', marker);
    const unhandled = () => {
      const handled = handledNames.now();
      return names.filter((name) => !handled.has(name));
    };
    await scene.until(
      'what was in hand is handled',
      () => (count === each || handledNames.now().has(String(marker))) && unhandled().length <= messageCount,
      5,
    );
    const gone = unhandled();
    totals.messages += count;
    totals.gone += gone.length;
    if (gone.length > 0 && names.indexOf(gone[0]) !== count - gone.length) {
      wrongs.push(
        `round ${round}: ${gone.length} messages are gone, and not those that were sent last: ${gone.slice(0, 5)}`,
      );
    }
  }
  await scene.finish(worker);
  const result = account(scene.log, { ended: scene.ended });
  return { wrongs: [...wrongs, ...result.wrongs], counts: { kills: scene.kills, ...totals, ...result.counts } };
}

function textOf(length, random) {
  const text = Buffer.alloc(length, random.below(256));
  for (let mark = 0; mark < Math.min(length, 100); mark++) text[random.below(length)] = random.below(256);
  return text;
}

/** Empty messages, of msgmax and of 64 MiB, of types up to 2^63 − 1, to consumers that are killed. */
export async function sizes(scene, random, size) {
  const before = { msgmax: readLimit('msgmax'), msgmnb: readLimit('msgmnb') };
  const queue = scene.queue();
  const names = new Map();
  const types = [1n, 2n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n];
  const start = () => scene.work({ key: queue.key, kind: 'sizes', options: { concurrency: 2, attempts: 1000 } });
  let worker = await start();
  let sent = 0;
  const send = async (length) => {
    const data = textOf(length, random);
    const type = random.pick(types);
    const name = `${type}/${length}/${createHash('sha256').update(data).digest('hex')}`;
    names.set(name, (names.get(name) ?? 0) + 1);
    await queue.send(data, { type });
    sent += 1;
  };
  try {
    for (let round = 0; round < size(2, 12); round++) {
      const msgmax = round % 3 === 0 ? 64 * MIB : random.between(8192, 4 * MIB);
      writeLimit('msgmax', msgmax);
      writeLimit('msgmnb', 64 * MIB);
      queue.set({ maxBytes: 64 * MIB });
      for (const length of [0, 1, 0, random.below(msgmax), 8192, msgmax]) await send(length);
      await pause(random.below(100));
      await scene.kill(worker);
      // Down again, while longer ones are in the queue and in hand.
      writeLimit('msgmax', 8192);
      worker = await start();
    }
    await scene.until(
      'every message is handled',
      () => account(scene.log, { ended: scene.ended }).counts.handled === sent,
      50,
    );
    await scene.finish(worker);
  } finally {
    for (const [name, value] of Object.entries(before)) writeLimit(name, value);
  }
  const { wrongs, counts } = account(scene.log, { ended: scene.ended, count: sent });
  const { ids } = readLog(scene.log);
  for (const { name } of ids.values()) names.set(name, (names.get(name) ?? 0) - 1);
  const wrong = [...names].filter(([, count]) => count !== 0);
  if (wrong.length > 0)
    wrongs.push(`${wrong.length} messages came changed, or not as often as they were sent: ${wrong[0]}`);
  return { wrongs, counts: { kills: scene.kills, messages: sent, ...counts } };
}

/** Selectors and priorities: each consumer takes what it selects, and `upTo` the lowest type first. */
export async function selected(scene, random, size) {
  const each = size(200, 2000);
  const queue = scene.queue({}, 0x7c5e0000 + random.below(0xffff));
  const before = readLimit('msgmnb');
  writeLimit('msgmnb', 16 * MIB);
  queue.set({ maxBytes: 16 * MIB });
  const wrongs = [];
  const allowed = { upTo: (type) => type <= 3, type: (type) => type === 4, except: (type) => type !== 4 };
  try {
    for (const [selector, value] of [
      ['upTo', 3],
      ['type', 4],
      ['except', 4],
    ]) {
      await scene.feed(queue, each, 'numbered', 0).sent;
      const settings = { key: queue.key, options: { [selector]: value, name: selector, attempts: 1000 } };
      let worker = await scene.work(settings);
      for (let kills = 0; kills < size(2, 20); kills++) {
        await pause(random.below(20));
        await scene.kill(worker);
        worker = await scene.work(settings);
      }
      await scene.until(
        `all of ${selector} are handled`,
        () => queue.stat().messageCount === each - each * [0.6, 0.2, 0.8][['upTo', 'type', 'except'].indexOf(selector)],
      );
      await scene.finish(worker);
      for (const { typeBigInt } of queue.tryReceiveMany({ max: each })) {
        if (allowed[selector](Number(typeBigInt))) wrongs.push(`${selector} left a message of type ${typeBigInt}`);
      }
      const begun = readBegun(scene, selector);
      wrongs.push(
        ...begun.filter(({ type }) => !allowed[selector](type)).map(({ type }) => `${selector} took type ${type}`),
      );
      if (selector === 'upTo') wrongs.push(...outOfOrder(begun));
      scene.forget();
    }
  } finally {
    writeLimit('msgmnb', before);
  }
  return { wrongs: wrongs.slice(0, 5), counts: { kills: scene.kills, messages: each * 3 } };
}

function readBegun(scene) {
  return scene
    .lines()
    .filter(([what]) => what === 'b')
    .map(([, , name, attempt, , type]) => ({ number: Number(name), attempt: Number(attempt), type: Number(type) }));
}

// The messages in hand of a killed consumer come first, so that the first attempts alone are in order.
function outOfOrder(begun) {
  const first = [...new Map([...begun].reverse().map((one) => [one.number, one])).values()].reverse();
  const wrong = first.find((one, index) => {
    const next = first[index + 1];
    return next !== undefined && (one.type > next.type || (one.type === next.type && one.number > next.number));
  });
  return wrong === undefined ? [] : [`upTo: message ${wrong.number} of type ${wrong.type} was begun too early`];
}
