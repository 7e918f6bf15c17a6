// The README's paragraph on speed, which stands between two marks.

import { shortNumber } from '../../tools/harness/figures.mjs';
import { ratiosOf } from '../harness/statistics.mjs';
import { amount } from './figures.mjs';

const MARKS = /(<!-- speed[^>]*-->\n)[\s\S]*?(<!-- end of speed -->)/;

/** The README with the figures of a result. */
export function readmeWith(readme, document) {
  if (!MARKS.test(readme)) throw new Error('README.md has lost the marks around its paragraph on speed.');
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
    `- **Measured speed.** Sending and receiving 64 bytes takes ${time('pair-64')}, ${times('pair-64', 'c')} the two system calls in C;`,
    `  awaited, ${time('await-64')}. Between two Node.js processes a message takes ${time('stream-64')}, ${times('stream-64', 'child-process-json')} the time of`,
    `  child_process and ${times('stream-64', 'unix-socket')} that of a Unix socket. A round trip takes ${time('trip-hot')}, against`,
    `  ${time('trip-hot', 'child-process-json')} with child_process. [docs/benchmarks.md](docs/benchmarks.md) measures every peer in one run, and shows`,
    `  where this library is slower. Measured with Node.js ${machine.node.replace(/^v/, '')} on a virtual machine of ${machine.cores} cores.`,
  ].join('\n');
}
