// Programs that use the package, tested with Jest, with Vitest and with Node's own runner.
import { join } from 'node:path';
import { environment, link, packageRoot, project, run, toolFolder } from '../project.mjs';

const TEST = (load) => `${load}
test('a message arrives', async () => {
  const queue = MessageQueue.createPrivate();
  await queue.send('hello');
  const message = await queue.receive();
  if (message.data.toString() !== 'hello') throw new Error('another message');
  let error;
  try { queue.receiveSync({ nowait: true }); } catch (thrown) { error = thrown; }
  queue.remove();
  if (!(error instanceof NoMessageError) || !(error instanceof Error)) throw new Error('no NoMessageError');
});
`;
const FILES = {
  'one.test.js': TEST("const { MessageQueue, NoMessageError } = require('sysvmq');"),
  'two.test.js': TEST("const { MessageQueue, NoMessageError } = require('sysvmq');"),
};
const node = process.execPath;

export function jest(tarball) {
  const folder = project('jest', { ...FILES, 'jest.config.js': 'module.exports = {};\n' }, tarball);
  link(folder, 'jest', join(packageRoot, 'node_modules/jest'));
  run(folder, [node, join(packageRoot, 'node_modules/jest/bin/jest.js'), '--rootDir', folder, '--silent']);
}

// With threads each test file is a worker of one process; with forks, a process of its own.
export function vitest(tarball) {
  const load = "import { test } from 'vitest'; import { MessageQueue, NoMessageError } from 'sysvmq';";
  const folder = project('vitest', { 'one.test.mjs': TEST(load), 'two.test.mjs': TEST(load) }, tarball);
  link(folder, 'vitest', toolFolder('vitest'));
  for (const pool of ['threads', 'forks']) {
    const env = { ...environment, CI: '1' };
    run(folder, [node, join(toolFolder('vitest'), 'vitest.mjs'), 'run', '--root', folder, `--pool=${pool}`], { env });
  }
}

export function nodeTest(tarball) {
  const load = "const { test } = require('node:test'); const { MessageQueue, NoMessageError } = require('sysvmq');";
  const folder = project('node-test', { 'one.test.cjs': TEST(load), 'two.test.cjs': TEST(load) }, tarball);
  run(folder, [node, '--test'], { env: { NODE_TEST_CONTEXT: undefined } });
}
