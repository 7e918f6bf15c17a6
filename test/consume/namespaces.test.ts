/** The kernel gives the inode of an IPC namespace that is gone to the next one: what was in hand there stays there. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stateFolder } from '../support/consuming';
import { itNeeds, type Need } from '../support/needs';

const root = join(__dirname, '..', '..');
const KEY = 0x5eed4e51;
const TRIES = 20;

const canMakeNamespaces: Need = {
  met: spawnSync('unshare', ['--ipc', 'true']).status === 0,
  reason: 'no IPC namespace of its own can be made: run as root',
};

/** In an IPC namespace that begins and ends with it: the namespace's inode, then what `body` prints. */
function inANewNamespace(state: string, body: string): { inode: string; printed: string } {
  const program = `
    const { MessageQueue, listConsumers } = require(${JSON.stringify(root)});
    process.stdout.write(require('node:fs').readlinkSync('/proc/self/ns/ipc') + '\\n');
    const state = ${JSON.stringify(state)};
    const queue = MessageQueue.create(${KEY});
    ${body}`;
  const { stdout, stderr } = spawnSync('unshare', ['--ipc', process.execPath, '-e', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const [inode, ...printed] = stdout.split('\n');
  return { inode: inode as string, printed: printed.join('\n') };
}

const dieWithAMessageInHand = `
  queue.trySend('of the old namespace');
  queue.consume(() => process.kill(process.pid, 'SIGKILL'), { state });`;

const consumeOne = `
  console.log('in hand before:', listConsumers({ state }).flatMap(({ messages }) => messages).length);
  queue.trySend('of the new namespace');
  const consumer = queue.consume(({ data }) => {
    console.log(data.toString());
    setImmediate(() => consumer.close().then(() => queue.remove()));
  }, { state });`;

itNeeds(
  canMakeNamespaces,
  'what was in hand in a namespace that is gone does not come in the next one with its inode',
  () => {
    const state = stateFolder();
    const old = inANewNamespace(state, dieWithAMessageInHand);
    let next: ReturnType<typeof inANewNamespace>;
    let tries = 0;
    // Other programs make namespaces, too: one of them may have the inode for a moment.
    do next = inANewNamespace(state, consumeOne);
    while (next.inode !== old.inode && ++tries < TRIES);
    expect(next).toEqual({ inode: old.inode, printed: 'in hand before: 0\nof the new namespace\n' });
  },
);
