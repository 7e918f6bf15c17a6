#!/usr/bin/env node
import { progress } from '../tools/harness/progress.mjs';
// Senders, receivers and removers that are killed, stopped and continued, while limits change under them.
import { runRound } from './chaos/round.mjs';
import { runPart } from './harness/part.mjs';

const ROUND_MS = 15_000;
const MAX_PRINTED = 10;

const FIGURES = [
  ['rounds', 'rounds'],
  ['processes', 'processes started'],
  ['kill', 'processes killed (SIGKILL)'],
  ['stop', 'processes stopped and continued (SIGSTOP, SIGCONT)'],
  ['limits', 'changes of msgmnb, msgmax and msgmni'],
  ['resize', 'changes of msg_qbytes'],
  ['sent', 'messages sent'],
  ['delivered', 'delivered'],
  ['left', 'in a queue at the end'],
  ['goneWithQueues', 'gone with a removed queue'],
  ['inTheHandsOfKilledReceivers', 'in the hands of a killed receiver'],
  ['inTheHandsOfKilledSenders', 'in the hands of a killed sender, which could not say'],
  ['ofThoseArrived', 'of those, arrived'],
  ['refused', 'refused: full, too long, removed or canceled'],
];

const part = {
  name: 'chaos',
  title: 'processes killed, stopped and continued while queues are removed and limits change',
  does: `Rounds of ${ROUND_MS / 1000} seconds. The seed makes the schedule: who is started, killed, stopped and continued, and which
limits change, and when. Round N of seed S is round 1 of seed S + N - 1.`,
  minutes: 5,
};

await runPart(part, async ({ minutes, seed }) => {
  const end = performance.now() + minutes * 60_000;
  const totals = { rounds: 0 };
  const failures = [];
  while (performance.now() < end - 500 || totals.rounds === 0) {
    const roundSeed = seed + totals.rounds;
    const milliseconds = Math.min(ROUND_MS, Math.max(2000, end - performance.now()));
    const words = `round ${totals.rounds + 1}, seed ${roundSeed}`;
    const { wrongs, counts } = await runRound(roundSeed, milliseconds, ({ kill, stop }) => {
      progress(`${words}: ${kill} killed, ${stop} stopped; ${totals.sent ?? 0} messages in the rounds before`);
    });
    totals.rounds += 1;
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
    if (wrongs.length > MAX_PRINTED) wrongs.splice(MAX_PRINTED, Infinity, `and ${wrongs.length - MAX_PRINTED} more`);
    for (const wrong of wrongs) failures.push(`${words}: ${wrong}`);
  }
  const doubled = failures.filter((words) => words.includes('came twice')).length;
  return {
    figures: [...FIGURES.map(([key, name]) => ({ name, value: totals[key] })), { name: 'doubled', value: doubled }],
    failures,
  };
});
