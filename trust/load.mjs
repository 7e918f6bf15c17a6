#!/usr/bin/env node
// Sustained rates, full queues, many queues, many waits, large messages, large types.
import { progress } from '../tools/harness/progress.mjs';
import { seeded } from '../tools/harness/random.cjs';
import { runPart } from './harness/part.mjs';
import { largeMessages, largeTypes } from './load/extremes.mjs';
import { fillAndEmpty } from './load/full-queue.mjs';
import { openQueues, pendingWaits } from './load/many-queues.mjs';
import { sustainedRate } from './load/rates.mjs';

const QUEUES = 30_000;
const LARGEST_BYTES = 64 << 20;
const PROCESSES = [1, 4, 16];
// At least one of them is whole.
const MIN_SECONDS = 3;

const part = {
  name: 'load',
  title: 'sustained rates, full queues, many queues and waits, the largest messages and types',
  does: `Rates with 1, 4 and 16 producers and as many consumers (messages of 100 bytes, processes of their own, one queue), and a
queue filled and emptied, share the time; 30,000 queues, 10,000 waits, messages of 64 MiB and types up to 2^63 - 1 take
what they take.`,
  minutes: 8,
};

function rateFigures(count, { sent, received, left, seconds, median, least }) {
  const name = `${count} producer${count > 1 ? 's' : ''}, ${count} consumer${count > 1 ? 's' : ''}`;
  return {
    figure: {
      name,
      value: `${Math.round(median).toLocaleString('en')} messages a second (median of ${seconds} seconds; least ${least.toLocaleString('en')}); ${sent.toLocaleString('en')} sent, ${received.toLocaleString('en')} received, ${left} left`,
    },
    failure: sent === received + left ? undefined : `${name}: ${sent} sent, ${received} received, ${left} left`,
  };
}

async function measureRates(seconds, figures, failures) {
  for (const count of PROCESSES) {
    progress(`${count} producers and consumers, ${Math.round(seconds)} s`);
    const { figure, failure } = rateFigures(count, await sustainedRate(count, seconds));
    figures.push(figure);
    if (failure !== undefined) failures.push(failure);
  }
}

async function waits(figures) {
  for (const [queues, types, each] of [
    [1, 1, 10_000],
    [100, 1, 100],
    [100, 10, 10],
  ]) {
    progress(`10,000 waits on ${queues} queues`);
    const { waits: count, threads, rss, milliseconds } = await pendingWaits(queues, types, each);
    figures.push({
      name: `${count.toLocaleString('en')} waits pending: ${queues} queue${queues > 1 ? 's' : ''}, ${types} type${types > 1 ? 's' : ''} each`,
      value: `${threads} threads, ${rss.toFixed(1)} MiB; all got theirs in ${Math.round(milliseconds)} ms`,
    });
  }
}

await runPart(part, async ({ minutes, seed }) => {
  const random = seeded(seed);
  const figures = [];
  const failures = [];
  const seconds = Math.max(MIN_SECONDS, (minutes * 60) / (PROCESSES.length + 1));
  await measureRates(seconds, figures, failures);

  progress(`a queue filled and emptied, ${Math.round(seconds)} s`);
  const { cycles, messages } = await fillAndEmpty(seconds);
  figures.push({
    name: 'a queue filled and emptied',
    value: `${cycles.toLocaleString('en')} times, ${messages.toLocaleString('en')} messages in order`,
  });

  progress(`${QUEUES} queues`);
  const { creating, receiving, removing, grown } = openQueues(QUEUES);
  figures.push({
    name: `${QUEUES.toLocaleString('en')} queues open`,
    value: `made in ${Math.round(creating)} ms, a message taken from each in ${Math.round(receiving)} ms, removed in ${Math.round(removing)} ms; ${grown.toFixed(1)} MiB`,
  });
  await waits(figures);

  progress('messages of 64 MiB');
  const { mibPerSecond } = await largeMessages(LARGEST_BYTES, 8, random);
  figures.push(
    { name: 'messages of 64 MiB, there and back', value: 8 },
    { name: 'their rate', value: mibPerSecond, unit: 'MiB/s in and out' },
  );
  figures.push({ name: 'types up to 2^63 − 1, each selected by itself', value: largeTypes(500, random) });
  return { figures, failures };
});
