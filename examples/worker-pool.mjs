// A pool of worker processes that share one queue of jobs. Each job goes to one worker, urgent jobs before the others.
//
//   node examples/worker-pool.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { codecs, MessageQueue } from 'sysvmq';

// The type of a message is its priority: a receive with `upTo` takes the lowest type there is, and the oldest of that.
const URGENT = 1;
const NORMAL = 2;
const STOP = 3; // The highest, so that a worker sees it only when no job is left.

// What workers tell, on a queue of its own: were it the queue of the jobs, a full queue could leave no room for results.
const READY = 1;
const DONE = 2;

const WORKERS = 3;
const [role, jobsId, resultsId] = process.argv.slice(2);
if (role === 'worker') {
  await work(MessageQueue.attach(Number(jobsId), { codec: codecs.json() }), reporter(Number(resultsId)));
} else {
  await manage();
}

function reporter(id) {
  return MessageQueue.attach(id, { codec: codecs.json() });
}

/** A worker: one job after the other, until a message tells it to stop. Several of these loops, in any process, share the jobs. */
async function work(jobs, results) {
  await results.send({ pid: process.pid }, { type: READY });
  for await (const { type, data } of jobs.messages({ upTo: STOP })) {
    if (type === STOP) break;
    await pause(10); // The work. The event loop is free meanwhile, as it is while the loop waits for a job.
    await results.send({ pid: process.pid, job: data, urgent: type === URGENT }, { type: DONE });
  }
}

/** The manager: starts the workers, hands jobs out and collects results. */
async function manage() {
  // No key is needed: the workers get the ids.
  const jobs = MessageQueue.createPrivate({ codec: codecs.json() });
  const results = MessageQueue.createPrivate({ codec: codecs.json() });
  console.log(`manager ${process.pid}: jobs are in queue ${jobs.id}, results in queue ${results.id}`);
  try {
    const args = [fileURLToPath(import.meta.url), 'worker', jobs.id, results.id];
    const exits = Array.from({ length: WORKERS }, () =>
      once(spawn(process.execPath, args.map(String), { stdio: 'inherit' }), 'exit'),
    );
    for (let worker = 0; worker < WORKERS; worker++) {
      const { data } = await results.receive({ type: READY, timeout: 20_000 });
      console.log(`manager ${process.pid}: worker ${data.pid} is ready`);
    }

    const normal = Array.from({ length: 12 }, (_, number) => ({ data: `report ${number + 1}`, type: NORMAL }));
    const urgent = Array.from({ length: 3 }, (_, number) => ({ data: `alarm ${number + 1}`, type: URGENT }));
    const sent = await jobs.sendMany([...normal, ...urgent]);
    console.log(`manager ${process.pid}: sent ${sent} jobs, the urgent ones last`);

    const jobsOfWorkers = new Map();
    for (let done = 0; done < sent; done++) {
      const { data } = await results.receive({ type: DONE, timeout: 20_000 });
      jobsOfWorkers.set(data.pid, (jobsOfWorkers.get(data.pid) ?? 0) + 1);
      console.log(`  ${data.urgent ? 'URGENT' : 'normal'}  ${data.job.padEnd(9)} done by worker ${data.pid}`);
    }
    for (const [pid, count] of jobsOfWorkers) console.log(`worker ${pid} did ${count} jobs`);

    await jobs.sendMany(Array.from({ length: WORKERS }, () => ({ data: null, type: STOP })));
    const codes = (await Promise.all(exits)).map(([code]) => code);
    console.log(`the workers ended with status ${codes.join(', ')}; ${jobs.stat().messageCount} jobs are left`);
  } finally {
    jobs.remove();
    results.remove();
  }
}
