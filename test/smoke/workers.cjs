// Worker threads: each loads the addon; they talk over one queue, end by themselves, and are terminated while waiting.
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { MessageQueue } = require('sysvmq');

async function inWorker({ id, number, stay }) {
  const queue = MessageQueue.attach(id, { spin: 0 });
  const { data } = await queue.receive({ type: number });
  await queue.send(`${data} from ${number}`, { type: 1000 + number });
  if (!stay) return;
  const wait = queue.receive({ type: 500 });
  parentPort.postMessage('waiting');
  await wait;
}

async function main() {
  const queue = MessageQueue.createPrivate({ spin: 0 });
  const start = (number, stay) => new Worker(__filename, { workerData: { id: queue.id, number, stay } });
  const workers = [start(1, false), start(2, false), start(3, true)];
  const exits = workers.map((worker) => once(worker, 'exit'));
  const waiting = once(workers[2], 'message');
  for (const number of [1, 2, 3]) {
    await queue.send('hello', { type: number });
    const { data } = await queue.receive({ type: 1000 + number, timeout: 600_000 });
    assert.equal(data.toString(), `hello from ${number}`);
  }
  await waiting;
  assert.equal(await workers[2].terminate(), 1);
  assert.deepEqual(
    (await Promise.all(exits)).map(([code]) => code),
    [0, 0, 1],
  );
  // The message that the terminated worker waited for can still be received.
  await queue.send('left', { type: 500 });
  assert.equal(queue.tryReceive({ type: 500 }).data.toString(), 'left');
  queue.remove();
}

if (isMainThread) main();
else inWorker(workerData);
