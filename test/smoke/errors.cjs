// Errors: the class, the code, the call and what each carries.
const assert = require('node:assert/strict');
const sysvmq = require('sysvmq');

const { MessageQueue, codecs } = sysvmq;
const KEY = 0x5eed0f00 + (process.pid & 0xff);

function fails(call, className, code, more = {}) {
  let error;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof sysvmq[className], `${className} expected, got ${error}`);
  assert.ok(sysvmq.isMessageQueueError(error));
  for (const [key, value] of Object.entries({ name: className, code, ...more })) assert.deepEqual(error[key], value);
}

fails(() => MessageQueue.open(KEY), 'QueueNotFoundError', 'ENOENT', { syscall: 'msgget', key: KEY, errno: -2 });
const queue = MessageQueue.create(KEY, { maxBytes: 8 });
fails(() => MessageQueue.create(KEY), 'QueueExistsError', 'EEXIST', { syscall: 'msgget' });
queue.trySend('12345678');
fails(() => queue.sendSync('9', { nowait: true }), 'QueueFullError', 'EAGAIN', { limit: 'msg_qbytes', usedBytes: 8 });
fails(() => queue.receiveSync({ maxLength: 3 }), 'BufferTooSmallError', 'E2BIG', { maxLength: 3 });
fails(() => queue.receiveSync({ type: 9, nowait: true }), 'NoMessageError', 'ENOMSG', { selector: 'type 9' });
const asJson = MessageQueue.attach(queue.id, { codec: codecs.json() });
queue.tryReceive();
queue.trySend('{');
fails(() => asJson.tryReceive(), 'DecodeError', 'ERR_MESSAGE_DECODE', { raw: Buffer.from('{') });
asJson.close();
fails(() => asJson.tryReceive(), 'QueueClosedError', 'ERR_QUEUE_CLOSED');
queue.remove();
fails(() => queue.tryReceive(), 'QueueRemovedError', 'EINVAL', { queueId: queue.id });
assert.throws(() => MessageQueue.open(1.5), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
assert.throws(() => MessageQueue.open('5'), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
