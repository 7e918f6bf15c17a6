// ES modules: named imports, the default import, both entry points, dynamic import.
import assert from 'node:assert/strict';
import everything, { MessageQueue, QueueFullError } from 'sysvmq';
import { IPC_CREAT, msgget } from 'sysvmq/syscalls';

assert.equal(everything.MessageQueue, MessageQueue);
assert.equal((await import('sysvmq')).QueueFullError, QueueFullError);
assert.equal(typeof msgget, 'function');
assert.equal(IPC_CREAT, 0o1000);
const queue = MessageQueue.createPrivate();
await queue.send('from a module');
assert.equal((await queue.receive()).data.toString(), 'from a module');
queue.remove();
