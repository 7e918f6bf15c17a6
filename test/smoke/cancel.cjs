// Canceling a wait: by signal, by timeout, by closing, by removal; and the end of the process with a wait pending.
const assert = require('node:assert/strict');
const { AbortError, MessageQueue, QueueClosedError, QueueRemovedError, TimeoutError } = require('sysvmq');

async function main() {
  const queue = MessageQueue.createPrivate({ maxBytes: 4, spin: 0 });

  const controller = new AbortController();
  const received = queue.receive({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(received, (error) => error instanceof AbortError && error.cause.message === 'enough');
  await assert.rejects(queue.receive({ timeout: 20 }), TimeoutError);
  assert.throws(() => queue.receiveSync({ timeout: 20 }), TimeoutError);

  queue.trySend('full');
  await assert.rejects(queue.send('late', { timeout: 20 }), TimeoutError);
  assert.equal(queue.tryReceive().data.toString(), 'full');
  assert.equal(queue.tryReceive(), undefined);

  const another = MessageQueue.attach(queue.id, { spin: 0 });
  const closed = another.receive();
  another.close();
  await assert.rejects(closed, QueueClosedError);

  const removed = queue.receive();
  queue.remove();
  await assert.rejects(removed, QueueRemovedError);

  const left = MessageQueue.createPrivate({ autoRemove: true, spin: 0 });
  left.receive();
  process.exitCode = 0;
  setImmediate(() => process.exit());
}

main();
