// The half page for users: what may worry the author of a program, and the figures that answer it.

import { formatted } from '../../tools/harness/figures.mjs';
import { anchorOf, markdownTable } from '../../tools/harness/markdown.mjs';
import { parts } from '../parts.mjs';

/** Each worry with the part that answers it, and the answer from that part's figures. */
const WORRIES = [
  {
    part: 'chaos',
    worry: 'Does it lose or double messages when processes are killed?',
    answer: (figure) =>
      `${figure('messages sent')} messages sent while ${figure('processes killed (SIGKILL)')} processes were killed: every message accounted for, ${figure('doubled')} doubled`,
  },
  {
    part: 'leaks',
    worry: 'Does a process grow over millions of messages?',
    answer: (figure) =>
      `${figure('messages in all')} messages through every path: no growth of memory, threads, descriptors or queues beyond the thresholds`,
  },
  {
    part: 'load',
    worry: 'Does it hold under load?',
    answer: (figure) => `with four producers and four consumers ${figure('4 producers, 4 consumers').split(' (')[0]}`,
  },
  {
    part: 'server',
    worry: 'Do hostile messages break a request server?',
    answer: (figure) =>
      `${figure('honest requests, each handled once and answered once')} honest requests, each answered once, among ${figure('messages that nobody should send')} hostile messages`,
  },
  {
    part: 'native',
    worry: 'Is the native code safe?',
    answer: (figure) =>
      `tests passed: ${figure('tests passed under ThreadSanitizer')} under ThreadSanitizer and as many under AddressSanitizer, in ${figure('rounds')} rounds; ${figure('its errors')} errors under valgrind`,
  },
  {
    part: 'coverage',
    worry: 'How much of the code do the tests run?',
    answer: (figure) => figure('all of lib/'),
  },
];

const LIMITS = `**Not shown.** These runs took minutes, on one machine. The section of each part lists what it leaves open. A crash
during the work loses a message unless you use \`consume()\`: [delivery.md](delivery.md) lists what each way of receiving promises.`;

function rowOf({ part, worry, answer }, results) {
  const result = results.find((one) => one.part === part);
  if (result === undefined) return [];
  const { title } = parts.find(({ name }) => name === part);
  // A run on a machine that lacks a program has fewer figures.
  const figure = (wanted) => formatted(result.figures.find(({ name }) => name === wanted)?.value ?? '–');
  return [[worry, result.ok ? answer(figure) : '**failed**', `[${title}](#${anchorOf(title)})`]];
}

/** The section, from the results that there are. */
export function sectionForUsers(results) {
  const rows = WORRIES.flatMap((worry) => rowOf(worry, results));
  return ['## In short', markdownTable(['question', 'result', 'part'], rows), LIMITS].join('\n\n');
}
