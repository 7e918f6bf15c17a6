// Messages to a worker thread: not between processes, but the fastest channel that Node has. This file is also the worker.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { asTheyAre, beThePartner, serveChannel } from './channel.mjs';

/** One end; a message port never asks its sender to wait. */
function endOf(port) {
  let callback = () => undefined;
  port.on('message', (value) => callback(value));
  return {
    ...asTheyAre,
    post(value) {
      port.postMessage(value);
    },
    listen(listener) {
      callback = listener;
    },
    order: (bytes, count) => port.postMessage({ bytes, count }),
  };
}

if (isMainThread) await serveChannel((role) => endOf(new Worker(new URL(import.meta.url), { workerData: role })));
else beThePartner(workerData, endOf(parentPort));
