// What a container is to the library: prints it as JSON.
const { readFileSync, writeFileSync } = require('node:fs');
const { isSupported, listQueues, MessageQueue, readProcLimits, setLimits } = require('sysvmq');

function outcome(call) {
  try {
    return { value: call() };
  } catch ({ name, code, message }) {
    return { name, code, message };
  }
}

const status = readFileSync('/proc/self/status', 'latin1');
const statusOf = (name) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];

function roundTrip() {
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  queue.trySend('there and back');
  const { data } = queue.tryReceive();
  queue.close();
  return data.toString();
}

const key = process.argv[2];
console.log(
  JSON.stringify({
    uid: process.getuid(),
    capabilities: statusOf('CapEff'),
    seccomp: statusOf('Seccomp'),
    supported: isSupported(),
    limits: outcome(readProcLimits).value,
    queues: outcome(() => listQueues().length),
    roundTrip: outcome(roundTrip),
    setLimits: outcome(() => setLimits({ msgmax: 4096 })),
    writesRoot: outcome(() => writeFileSync('/written', 'x')),
    open: key === undefined ? undefined : outcome(() => MessageQueue.open(Number(key)).stat().messageCount),
    maxBytes: outcome(() => MessageQueue.createPrivate({ maxBytes: 2 ** 31 - 1, autoRemove: true }).stat().maxBytes),
  }),
);
