// Answers on a queue until it is asked to end: each message of type 1 comes back with type 2, turned around.
const { writeFileSync } = require('node:fs');
const { codecs, MessageQueue, readProcLimits } = require('sysvmq');

async function main() {
  const key = Number(process.argv[2]);
  const queue = MessageQueue.create(key, { codec: codecs.json(), autoRemove: true, mode: 0o600 });
  writeFileSync('/dev/shm/answer', `${readProcLimits().msgmax}`);
  console.log('ready');
  for (;;) {
    const { data } = await queue.receive({ type: 1 });
    if (data.end) break;
    await queue.send({ text: [...data.text].reverse().join(''), by: process.getuid() }, { type: 2 });
  }
  queue.close();
}

main();
