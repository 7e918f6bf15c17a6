// Sending and receiving without waiting, of bytes and values, by type; and the system calls.
const assert = require('node:assert/strict');
const { IPC_NOWAIT, IPC_PRIVATE, IPC_RMID, IPC_STAT, MessageQueue, codecs, isSupported } = require('sysvmq');
const syscalls = require('sysvmq/syscalls');

assert.equal(isSupported(), true);

const queue = MessageQueue.createPrivate();
assert.equal(queue.trySend('first', { type: 7 }), true);
// A type is a C long: 32 bits on armv7.
const wideType = process.arch === 'arm' ? 2n ** 31n - 1n : 2n ** 62n;
assert.equal(queue.trySend(new Uint8Array([0, 255]), { type: wideType }), true);
if (process.arch === 'arm') {
  assert.throws(() => queue.trySend('beyond', { type: 2 ** 31 }), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => queue.tryReceive({ type: 2 ** 31 }), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
}
assert.equal(queue.peek().data.toString(), 'first');
const wide = queue.tryReceive({ except: 7 });
assert.deepEqual([...wide.data], [0, 255]);
assert.equal(wide.typeBigInt, wideType);
const first = queue.receiveSync({ type: 7 });
assert.deepEqual([first.type, first.data.toString(), first.truncated], [7, 'first', false]);
assert.equal(queue.tryReceive(), undefined);
assert.equal(queue.trySendMany([{ data: 'a' }, { data: 'b' }]), 2);
assert.deepEqual(
  queue.tryReceiveMany().map(({ data }) => data.toString()),
  ['a', 'b'],
);
queue.remove();

const values = MessageQueue.createPrivate({ codec: codecs.json() });
values.sendSync({ n: 1 }, { timeout: 1000 });
assert.deepEqual(values.receiveSync({ timeout: 1000 }).data, { n: 1 });
values.remove();

const id = syscalls.msgget(IPC_PRIVATE, 0o600);
syscalls.msgsnd(id, { mtype: 5, mtext: 'plain' }, IPC_NOWAIT);
assert.equal(syscalls.msgctl(id, IPC_STAT).msg_qnum, 1);
assert.equal(syscalls.msgrcv(id, 100, 5, IPC_NOWAIT).mtext.toString(), 'plain');
syscalls.msgctl(id, IPC_RMID);
