// The limits: from both sources, described, used, and set where the kernel lets us.
const assert = require('node:assert/strict');
const {
  LimitError,
  MessageQueue,
  MessageQueueError,
  MessageTooLargeError,
  QueueCountLimitError,
  describeLimits,
  getLimits,
  getUsage,
  listQueues,
  readProcLimits,
  setLimits,
} = require('sysvmq');

const { msgmni, msgmax, msgmnb } = getLimits();
assert.deepEqual(readProcLimits(), { msgmni, msgmax, msgmnb });
assert.deepEqual(
  describeLimits().map(({ name }) => name),
  ['MSGMNI', 'MSGMAX', 'MSGMNB', 'MSGTQL', 'MSGPOOL'],
);

const queue = MessageQueue.createPrivate();
queue.trySend('five!');
assert.ok(getUsage().bytes >= 5);
assert.ok(listQueues().some(({ id, usedBytes }) => id === queue.id && usedBytes === 5));
assert.throws(
  () => queue.trySend(Buffer.alloc(msgmax + 1)),
  (error) => error instanceof MessageTooLargeError && error.limit === 'MSGMAX' && error.limitValue === msgmax,
);

const queues = getUsage().queues;
try {
  setLimits({ msgmni: queues });
} catch (error) {
  // A user who may not write the files gets an error; the suite's own runs may write them.
  assert.ok(error instanceof MessageQueueError);
  assert.notEqual(process.env.SYSVMQ_SMOKE_MAY_SET_LIMITS, '1', error);
}
if (getLimits().msgmni === queues) {
  assert.throws(
    () => MessageQueue.createPrivate(),
    (error) => error instanceof QueueCountLimitError && error instanceof LimitError && error.code === 'ENOSPC',
  );
  setLimits({ msgmni });
}
queue.remove();
