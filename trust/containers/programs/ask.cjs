// Asks the program of answer.cjs, with texts up to what the namespace's msgmax lets through, and prints what it saw as JSON.
const { existsSync, readFileSync } = require('node:fs');
const { codecs, MessageQueue, readProcLimits } = require('sysvmq');

async function main() {
  const queue = MessageQueue.open(Number(process.argv[2]), { codec: codecs.json() });
  const limits = readProcLimits();
  const lengths = [0, 1, 100, 5000, limits.msgmax - 100];
  let answered = 0;
  for (const length of lengths) {
    const text = 'ab'.repeat(length / 2);
    await queue.send({ text }, { type: 1 });
    const { data } = await queue.receive({ type: 2, timeout: 120_000 });
    if (data.text === [...text].reverse().join('')) answered += 1;
  }
  const sharesMemory =
    existsSync('/dev/shm/answer') && readFileSync('/dev/shm/answer', 'utf8') === String(limits.msgmax);
  if (process.argv[3] === 'end') await queue.send({ end: true }, { type: 1 });
  console.log(JSON.stringify({ asked: lengths.length, answered, limits, sharesMemory, uid: process.getuid() }));
}

main();
