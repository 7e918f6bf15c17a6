// Every way to wait and to hand on a message, once each; prints what each came to, as one line of JSON. Run under limits that
// trust/hostile-machine.mjs sets. It must come to its end by itself.
const { execFileSync } = require('node:child_process');
const { closeSync, openSync } = require('node:fs');
const { MessageQueue, RequestClient, RequestServer, findStaleQueues } = require('../../dist/index.js');

const outcomes = {};
const { argv } = process;

async function way(name, run) {
  try {
    outcomes[name] = String(await run());
  } catch (error) {
    outcomes[name] = `${error.name} ${error.code}`;
  }
}

const soon = (run) => setTimeout(run, 5);
const fresh = (options = {}) => MessageQueue.createPrivate({ autoRemove: true, spin: 0, ...options });

function fullQueue() {
  const queue = fresh({ maxBytes: 10 });
  queue.trySend('ten bytes!');
  return queue;
}

async function receives() {
  const queue = fresh();
  await way('receive with a timeout', () => queue.receive({ timeout: 10 }));
  soon(() => queue.trySend('one'));
  await way('receive', async () => (await queue.receive()).data);
  const controller = new AbortController();
  soon(() => controller.abort());
  await way('receive that is canceled', () => queue.receive({ signal: controller.signal }));
  soon(() => queue.trySend('', { type: 7 }));
  await way('receive of an empty message', async () => (await queue.receive({ type: 7 })).type);
  await way('receiveSync with a timeout', () => queue.receiveSync({ timeout: 10 }));
  soon(() => queue.trySendMany([{ data: 'a' }, { data: 'b' }]));
  await way('messages()', async () => {
    let all = '';
    for await (const { data } of queue) {
      all += data;
      if (all.length === 2) break;
    }
    return all;
  });
  soon(() => queue.remove());
  // EIDRM where a thread waits in msgrcv by then; EINVAL where the queue is looked at now and then, or the thread comes later.
  const nameOf = (error) => error.name;
  await way('receive from a queue that is removed', () => queue.receive().catch(nameOf));
}

async function sends() {
  const queue = fullQueue();
  await way('send with a timeout', () => queue.send('x', { timeout: 10 }));
  soon(() => queue.tryReceive());
  await way('send', async () => (await queue.send('room')) ?? 'sent');
  await way('sendSync with a timeout', () => queue.sendSync('0123456789', { timeout: 10 }));
  queue.remove();
}

async function consumes() {
  const queue = fresh();
  await way('consume', async () => {
    const seen = [];
    const consumer = queue.consume(
      ({ data }, { attempt }) => {
        seen.push(`${data}${attempt}`);
        if (attempt === 1) throw new Error('on purpose');
      },
      { retryDelay: 5 },
    );
    consumer.on('error', () => undefined);
    queue.trySend('x');
    while (seen.length < 2) await new Promise(soon);
    await consumer.close();
    return seen;
  });
  queue.remove();
}

async function asks() {
  await way('a request', async () => {
    const requests = fresh();
    const server = new RequestServer(requests, (data) => `${data}!`);
    const client = new RequestClient(requests, { timeout: 5000 });
    const answer = await client.request('hi');
    await client.close();
    await server.close();
    return answer;
  });
}

async function main() {
  if (argv.includes('--no-threads')) {
    execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=1:']);
  }
  if (argv.includes('--no-files')) {
    let last;
    try {
      for (;;) last = openSync('/dev/null', 'r');
    } catch (error) {
      outcomes.open = error.code;
    }
    // The addon is a file, too: without it, an error that does not stick.
    await way('the first call', () => MessageQueue.exists(1));
    closeSync(last);
    await way('the first call, with one descriptor', () => MessageQueue.exists(1));
    openSync('/dev/null', 'r');
  }
  await receives();
  await sends();
  await consumes();
  await asks();
  await way('stale queues', () => findStaleQueues().length >= 0);
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
}

main();
