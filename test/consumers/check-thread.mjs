// A thread that runs the checks whose names it gets, one after the other, until it gets null: a check waits for its processes.
import { parentPort, workerData } from 'node:worker_threads';
import { CHECKS } from './all-checks.mjs';

parentPort.on('message', async (name) => {
  // Its handlers remove the projects.
  if (name === null) process.exit();
  const started = performance.now();
  let failure;
  try {
    await CHECKS[name](workerData.tarball);
  } catch (error) {
    failure = error.message;
  }
  const seconds = (performance.now() - started) / 1000;
  parentPort.postMessage({ name, passed: failure === undefined, seconds, failure });
});
