// Talks to a program in C over a queue that both find by ftok. The C program turns each text around.
//
//   cc -o reverse examples/c-program/reverse.c && node examples/c-program/main.mjs ./reverse
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { codecs, ftok, MessageQueue } from 'sysvmq';

const REQUEST = 1;
const REPLY = 2;

const [program] = process.argv.slice(2);
if (program === undefined) {
  console.error('Usage: node main.mjs PATH_OF_THE_COMPILED_reverse.c');
  process.exit(2);
}

// Both sides make the key of the same file and the same letter.
const file = fileURLToPath(import.meta.url);
const queue = MessageQueue.openOrCreate(ftok(file, 'R'), { codec: codecs.utf8 });
try {
  const reverse = spawn(program, [file, 'R'], { stdio: 'inherit' });
  await once(reverse, 'spawn'); // Or it is not there: receiveSync would wait for its answer forever.
  for (const text of ['hello, C', 'System V', '']) {
    queue.sendSync(text, { type: REQUEST });
    const { data } = queue.receiveSync({ type: REPLY });
    console.log(`sent ${JSON.stringify(text)}, C answered ${JSON.stringify(data)}`);
  }
  queue.sendSync('quit', { type: 3 });
  const [code] = await once(reverse, 'exit');
  console.log(`the C program ended with status ${code}`);
} finally {
  queue.remove();
}
