// The half page for users: the questions that a program's author has, each with its figures and its row.
import { anchorOf, markdownTable } from '../../tools/harness/markdown.mjs';
import { amount } from './figures.mjs';

/** The channels of Node.js that a program would use in place of a queue. */
const RIVALS = [
  ['unix-socket', 'Unix socket'],
  ['child-process-json', 'child_process'],
  ['worker-threads', 'worker_threads'],
];

const QUESTIONS = [
  { id: 'stream-64', says: 'A message of 64 bytes, one process to another' },
  { id: 'json-200', says: 'An object of 200 bytes as JSON, one way' },
  { id: 'trip-hot', says: 'A round trip between two busy processes' },
  { id: 'trip-parked', says: 'A round trip between two processes that were idle' },
];

const POINTS = `- **Choose a queue for what it does**, and a [Unix socket](choosing.md) for two programs that talk all the time. The time of a
  message rarely decides: your handler, a database, or a log line takes longer.
- **Send many messages at once** where you can. \`sendMany\` and \`receiveMany\` save promises and turns of the event loop.
- **Idle processes answer late.** A queue has no file descriptor, so a thread waits for it. When both sides were idle, two threads wake
  for each message. Polling before blocking (\`spin\`) hides that between busy processes.
- **Many processes that wait for one queue cost the sender.** Each message wakes every process whose selector matches. Give each
  process its own type, or its own queue.`;

function runOf(benchCase, id) {
  return benchCase.runs.find((run) => run.id === id && run.samples !== undefined);
}

function answerTo({ id, says }, cases) {
  const benchCase = cases.find((one) => one.id === id);
  if (benchCase === undefined || runOf(benchCase, 'sysvmq') === undefined) return [];
  const ours = runOf(benchCase, 'sysvmq').median;
  const others = RIVALS.map(([rival]) => runOf(benchCase, rival)?.median);
  const least = Math.min(ours, ...others.filter((time) => time !== undefined));
  const cell = (time) => {
    if (time === undefined) return '';
    const figure = amount(time, benchCase.unit);
    return time === least ? `**${figure}**` : figure;
  };
  return [[`[${says}](#${anchorOf(benchCase.title)})`, ...[ours, ...others].map(cell)]];
}

/** The section, with the fastest of each row in bold. */
export function sectionForUsers({ cases }) {
  const rows = QUESTIONS.flatMap((question) => answerTo(question, cases));
  const table = markdownTable(['', 'sysvmq', ...RIVALS.map(([, name]) => name)], rows);
  const answer =
    'Is a queue faster than a Unix socket? The table has the median time of one message, and the fastest in bold. Each row links to its measurement.';
  return ['## In short', answer, table, POINTS].join('\n\n');
}
