// Two Node.js processes talk over one queue, and then run into each limit and catch it by its class.
//
//   npm run demo
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  codecs,
  getLimits,
  MessageQueue,
  MessageTooLargeError,
  QueueCountLimitError,
  QueueFullError,
  setLimits,
} from 'sysvmq';
import { enterOwnNamespace } from './own-namespace.mjs';

const KEY = 0x5eed5eed; // What both processes agree on.
const JOB = 1; // Message types: jobs go one way,
const RESULT = 2; // results the other, over the same queue.
const JOBS = 3;

if (process.argv[2] === 'worker') {
  work();
} else {
  const isolated = enterOwnNamespace();
  await talk(isolated);
  meetLimits(isolated);
}

/** The second process: takes jobs until a message tells it to stop. */
function work() {
  const queue = MessageQueue.open(KEY, { codec: codecs.json() });
  for (;;) {
    const { data } = queue.receiveSync({ type: JOB });
    if (data.stop) return;
    console.log(`  worker ${process.pid}: took job ${data.id}, answers ${data.number} × ${data.number}`);
    queue.sendSync({ id: data.id, answer: data.number ** 2 }, { type: RESULT });
  }
}

/** The first process: makes the queue, starts the second one, sends jobs and takes the results. */
async function talk(isolated) {
  console.log('Two processes, one System V message queue');
  console.log(
    `  main   ${process.pid}: ${isolated ? 'runs in an IPC namespace of its own; your queues are elsewhere' : 'could not make an IPC namespace of its own (unshare); uses yours, and cleans up'}`,
  );
  const queue = MessageQueue.create(KEY, { codec: codecs.json() });
  console.log(`  main   ${process.pid}: created queue ${queue.id} with the key 0x${KEY.toString(16)}`);
  const worker = spawn(process.execPath, [fileURLToPath(import.meta.url), 'worker'], { stdio: 'inherit' });
  try {
    for (let id = 1; id <= JOBS; id++) {
      queue.sendSync({ id, number: id * 11 }, { type: JOB });
      const { data } = queue.receiveSync({ type: RESULT });
      console.log(`  main   ${process.pid}: job ${data.id} is done: ${data.answer}`);
    }
    queue.sendSync({ stop: true }, { type: JOB });
    const [code] = await once(worker, 'exit');
    console.log(
      `  main   ${process.pid}: worker ended with status ${code}; the queue is empty (${queue.stat().messageCount} messages) and removed`,
    );
  } finally {
    queue.remove();
  }
}

/** Each limit, reached for real and caught by its class. */
function meetLimits(isolated) {
  const { msgmni, msgmax, msgmnb } = getLimits();
  console.log('\nThe limits here (msgctl IPC_INFO)');
  console.log(`  MSGMNI ${msgmni} queues   MSGMAX ${msgmax} bytes a message   MSGMNB ${msgmnb} bytes a queue`);

  console.log('\nA full queue');
  const queue = MessageQueue.createPrivate({ maxBytes: 100 });
  let sent = 0;
  try {
    for (;;) {
      queue.sendSync('thirty bytes of text, or so ...', { nowait: true });
      sent += 1;
    }
  } catch (error) {
    if (!(error instanceof QueueFullError)) throw error;
    console.log(`  after ${sent} messages:`);
    explain(error);
  }

  console.log('\nA message that is too large');
  try {
    queue.sendSync(Buffer.alloc(msgmax + 1));
  } catch (error) {
    if (!(error instanceof MessageTooLargeError)) throw error;
    explain(error);
  }
  queue.remove();

  console.log('\nToo many queues');
  if (!isolated) {
    console.log('  left out: it would take the limit of your whole system');
    return;
  }
  setLimits({ msgmni: 3 });
  const queues = [];
  try {
    for (;;) queues.push(MessageQueue.createPrivate());
  } catch (error) {
    if (!(error instanceof QueueCountLimitError)) throw error;
    console.log(`  with MSGMNI lowered to 3, after ${queues.length} queues:`);
    explain(error);
  } finally {
    for (const each of queues) each.remove();
  }
}

function explain(error) {
  console.log(`  caught:  ${error.name} (${error.code} from ${error.syscall})`);
  console.log(
    `  limit:   ${error.limit} is ${error.limitValue}, ${error.requested} was asked for; see ${error.procPath}`,
  );
  console.log(`  remedy:  ${error.remedy}`);
}
