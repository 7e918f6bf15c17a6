// What the README says of speed: the paragraph between two marks.

import { shortNumber } from '../../tools/harness/figures.mjs';
import { ratiosOf } from '../harness/statistics.mjs';
import { amount } from './figures.mjs';

const MARKS = /(<!-- speed[^>]*-->\n)[\s\S]*?(<!-- end of speed -->)/;

/** The README with the figures of a result. */
export function readmeWith(readme, document) {
  if (!MARKS.test(readme)) throw new Error('README.md has lost the marks between which its figures of speed stand.');
  return readme.replace(MARKS, (_, begin, end) => `${begin}${paragraphOf(document)}\n${end}`);
}

function paragraphOf({ machine, cases }) {
  const runOf = (id, run = 'sysvmq') => {
    const found = cases.find((one) => one.id === id)?.runs.find((one) => one.id === run);
    if (found?.samples === undefined) throw new Error(`The result has no ${run} in ${id}, which README.md quotes.`);
    return found;
  };
  const time = (id, run) => amount(runOf(id, run).median, 'ns');
  const times = (id, against) => `${shortNumber(ratiosOf(runOf(id).samples, runOf(id, against).samples).median)} ×`;
  return [
    `- **Fast.** 64 bytes sent and received in ${time('pair-64')}, which is ${times('pair-64', 'c')} the two system calls in C;`,
    `  awaited, ${time('await-64')}. From one Node process to another ${time('stream-64')} a message, ${times('stream-64', 'child-process-json')} the time of`,
    `  child_process and ${times('stream-64', 'unix-socket')} that of a Unix socket; there and back in ${time('trip-hot')}, where child_process takes`,
    `  ${time('trip-hot', 'child-process-json')}. All of it is measured beside every peer in one run ([docs/benchmarks.md](docs/benchmarks.md), which also`,
    `  tells where it is not fast), here with Node ${machine.node.replace(/^v/, '')} on a virtual machine of ${machine.cores} cores.`,
  ].join('\n');
}
