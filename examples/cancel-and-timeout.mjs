// Three ways to give up a wait: a timeout, an AbortController, and closing the handle. None of them loses a message:
// what was not received is still in the queue, and what was not sent is not.
//
//   node examples/cancel-and-timeout.mjs
import { setImmediate as turn } from 'node:timers/promises';
import { AbortError, codecs, MessageQueue, QueueClosedError, TimeoutError } from 'sysvmq';

const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
try {
  await timeOut();
  await cancel();
  await closeHandle();
  await giveUpASend();
  await countMessages();
} finally {
  queue.remove();
}

async function timeOut() {
  console.log('A timeout');
  try {
    await queue.receive({ timeout: 50 });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log(`  ${error.name} (${error.code}): ${error.message}`);
  }
  queue.trySend('too late');
  console.log(`  what came afterwards is in the queue: "${queue.tryReceive().data}"`);
}

async function cancel() {
  console.log('An AbortController');
  const controller = new AbortController();
  const received = queue.receive({ signal: controller.signal });
  setTimeout(() => controller.abort(new Error('the user pressed Cancel')), 20);
  try {
    await received;
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    console.log(`  ${error.name} (${error.code}) because ${error.cause.message}`);
  }
}

async function closeHandle() {
  console.log('close()');
  const handle = MessageQueue.attach(queue.id, { codec: codecs.utf8 });
  const received = handle.receive();
  const loop = (async () => {
    for await (const { data } of handle) console.log(`  never printed: ${data}`);
    console.log('  a loop over the messages has ended, without an error');
  })();
  setTimeout(() => handle.close(), 20);
  try {
    await received;
  } catch (error) {
    if (!(error instanceof QueueClosedError)) throw error;
    console.log(`  ${error.name} (${error.code}): ${error.message}`);
  }
  await loop;
}

async function giveUpASend() {
  console.log('A send for which there is no room');
  const small = MessageQueue.createPrivate({ maxBytes: 10, codec: codecs.utf8 });
  try {
    await small.send('ten bytes!');
    await small.send('no room', { timeout: 50 });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log(`  ${error.name} (${error.code}): ${error.message}`);
    console.log(`  the queue holds ${small.stat().messageCount} message, "${small.peek().data}"`);
  } finally {
    small.remove();
  }
}

/** Gives receives up just before, and just after, their message is sent, again and again. */
async function countMessages() {
  console.log('A thousand receives that are canceled as their message arrives');
  const rounds = 1000;
  let received = 0;
  let givenUp = 0;
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    const controller = new AbortController();
    const outcome = queue.receive({ signal: controller.signal }).then(
      () => {
        received += 1;
      },
      (error) => {
        if (!(error instanceof AbortError)) throw error;
        givenUp += 1;
      },
    );
    const acts = [() => queue.trySend(`message ${round}`), () => controller.abort()];
    if (round % 2 === 0) acts.reverse();
    for (const act of acts) {
      if (round % 3 === 0) await turn();
      act();
    }
    await outcome;
    if (queue.tryReceive() !== undefined) found += 1;
  }
  console.log(`  ${rounds} messages were sent: ${received} were received`);
  console.log(`  ${givenUp} receives were canceled: the queue had the message of ${found} of them`);
  console.log(`  ${rounds - received - found} messages are lost`);
}
