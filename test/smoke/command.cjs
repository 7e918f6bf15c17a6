// The command that the package installs: limits, and a message by hand.
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { MessageQueue, getLimits } = require('sysvmq');

const node = JSON.parse(process.env.SYSVMQ_SMOKE_NODE ?? JSON.stringify([process.execPath]));
const manifest = require.resolve('sysvmq/package.json');
const { bin } = require(manifest);
const path = join(manifest, '..', typeof bin === 'string' ? bin : bin.sysvmq);

function run(...words) {
  const [command, ...args] = [...node, path, ...words];
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `sysvmq ${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

assert.match(run('--help'), /sysvmq/);
assert.ok(run('limits', '--json').includes(String(getLimits().msgmax)));
const queue = MessageQueue.createPrivate();
run('send', '--id', String(queue.id), 'by hand');
assert.match(run('receive', '--id', String(queue.id)), /by hand/);
queue.remove();
