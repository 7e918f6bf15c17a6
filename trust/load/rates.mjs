// How many messages a second pass one queue, with so many processes at either end.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';

function start(role, id) {
  const child = fork(join(import.meta.dirname, 'transfer-process.mjs'), [JSON.stringify({ role, id })]);
  // 'disconnect' comes after all messages, and also when a process ends by an error; 'exit' may overtake them.
  const gone = once(child, 'disconnect').then(() => [undefined]);
  const said = async () => (await Promise.race([once(child, 'message'), gone]))[0];
  return { child, said };
}

async function ready({ said }) {
  if ((await said()) !== 'ready') throw new Error('a process did not start; its error is above');
}

async function stop(processes) {
  const results = processes.map(({ said }) => said());
  for (const { child } of processes) if (child.connected) child.send('stop');
  const counts = await Promise.all(results);
  if (counts.includes(undefined)) throw new Error('a process ended early; its error is above');
  return counts;
}

/** Messages in each second of the clock. */
function perSecond(results) {
  const sums = new Map();
  for (const { began, seconds } of results) {
    for (const [index, count] of seconds.entries()) sums.set(began + index, (sums.get(began + index) ?? 0) + count);
  }
  return sums;
}

const sum = (results) => results.reduce((total, { seconds }) => total + seconds.reduce((a, b) => a + b, 0), 0);

/** `count` producers and as many consumers for `seconds`; the first and the last seconds, not whole, do not count. */
export async function sustainedRate(count, seconds) {
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  const consumers = Array.from({ length: count }, () => start('consume', queue.id));
  const producers = Array.from({ length: count }, () => start('produce', queue.id));
  await Promise.all([...consumers, ...producers].map(ready));
  await pause(seconds * 1000);
  const produced = await stop(producers);
  const consumed = await stop(consumers);
  let left = 0;
  while (queue.tryReceive() !== undefined) left += 1;
  queue.remove();
  const [sent, received] = [sum(produced), sum(consumed)];
  // From the second in which all had begun to the one in which the first was asked to stop.
  const from = Math.max(...consumed.map(({ began }) => began)) + 1;
  const until = Math.min(...produced.map(({ began, seconds: own }) => began + own.length)) - 1;
  const whole = [...perSecond(consumed)].filter(([second]) => second >= from && second < until).map(([, n]) => n);
  whole.sort((one, other) => one - other);
  return { sent, received, left, seconds: whole.length, median: whole[whole.length >> 1] ?? 0, least: whole[0] ?? 0 };
}
