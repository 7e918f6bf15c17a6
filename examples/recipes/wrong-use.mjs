// Makes the usual mistakes, and prints what each one says.
//
//   node examples/recipes/wrong-use.mjs
import { codecs, MessageQueue } from 'sysvmq';

const queue = MessageQueue.createPrivate({ autoRemove: true, maxBytes: 20 });
const mistakes = {
  'a flag of C': () => queue.trySend('x', { flags: 0o4000 }),
  'type 0 for any type': () => queue.tryReceive({ type: 0 }),
  'a negative type': () => queue.tryReceive({ type: -5 }),
  'a decimal mode': () => MessageQueue.createPrivate({ mode: 666 }),
  'a callback': () => queue.receive({}, () => undefined),
  'an object without a codec': () => queue.trySend({ job: 5 }),
  'a message that never fits': () => queue.trySend('x'.repeat(21)),
  'a queue that does not exist': () => MessageQueue.open(0x5eed0bad),
  'a key that finds no queue': () => MessageQueue.open(0),
  'a pointer in a struct': () => codecs.struct({ name: 'char *' }),
  'an array of C in one word': () => codecs.struct({ name: 'char[16]' }),
  'no JSON': () => {
    queue.trySend('{"job":');
    MessageQueue.attach(queue.id, { codec: codecs.json() }).tryReceive();
  },
  'a queue that was removed': () => {
    const removed = MessageQueue.createPrivate();
    removed.remove();
    removed.trySend('x');
  },
};
for (const [mistake, make] of Object.entries(mistakes)) {
  try {
    await make();
    console.log(`${mistake}: nothing was said`);
  } catch ({ name, code, message }) {
    console.log(`${mistake}\n  ${name} (${code}): ${message}`);
  }
}
queue.close();
