/** A wait keeps the process alive, unless the handle is unreferenced. */

import { type ChildContext, startChild, until } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { readThread } from '../support/waiting-threads';

type Wait = 'receive' | 'receiveMany' | 'messages' | 'send';
type Step = 'wait' | 'ref' | 'unref' | 'unref another' | 'give up';

interface Script {
  id: number;
  /** Where it says what has happened, because its channel to the test is closed by then. */
  log: number;
  wait: Wait;
  steps: Step[];
  spin: number;
}

// Does the steps and then nothing more: from here on only the waits could keep it alive. Says when one of them is over,
// and when the event loop has nothing left to wait for.
async function waitAndReturn({ sysvmq }: ChildContext, { id, log, wait, steps, spin }: Script): Promise<void> {
  const { MessageQueue } = sysvmq;
  const queue = MessageQueue.attach(id, { spin });
  const another = MessageQueue.attach(id, { spin });
  const logged = MessageQueue.attach(log);
  const waits = {
    receive: (signal: AbortSignal) => queue.receive({ signal }),
    receiveMany: (signal: AbortSignal) => queue.receiveMany({ signal }),
    messages: (signal: AbortSignal) => queue.messages({ signal }).next(),
    send: (signal: AbortSignal) => queue.send('x', { signal }),
  };
  let controller = new AbortController();
  process.on('beforeExit', () => logged.trySend('nothing left'));
  for (const step of steps) {
    if (step === 'wait') {
      waits[wait](controller.signal).then(
        () => logged.trySend('over'),
        ({ code }) => logged.trySend(code),
      );
    }
    if (step === 'ref') queue.ref();
    if (step === 'unref') queue.unref();
    if (step === 'unref another') another.unref();
    if (step === 'give up') {
      controller.abort();
      controller = new AbortController();
    }
    // Some turns, so that what waits is polling or parked when the next step comes.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  }
}

/** Starts the script, and returns when its process has nothing more to do but to wait, or says that it has nothing left. */
async function runScript(wait: Wait, steps: Step[], spin: number) {
  const queue = wait === 'send' ? fullQueue() : newQueue();
  const log = newQueue();
  const child = startChild(waitAndReturn, { id: queue.id, log: log.id, wait, steps, spin });
  await child.result;
  await until('its channel is closed', () => !child.process.connected);
  await until('its event loop is blocked', () => {
    const thread = readThread(child.pid, String(child.pid), 'syscall');
    return /^\d/.test(thread) || log.stat().messageCount > 0;
  });
  // A send that is canceled ends when its thread reports whether the message is in the queue.
  if (steps.includes('give up')) await until('the canceled wait is over', () => log.stat().messageCount > 0);
  return { queue, child, log: () => log.tryReceiveMany().map(({ data }) => data.toString()) };
}

const parked = 0;
const polling = 1000;

describe('a wait keeps the process alive', () => {
  itSlow.each<[Wait, Step[], number]>([
    ['receive', ['wait'], parked],
    ['receive', ['wait'], polling],
    ['receiveMany', ['wait'], parked],
    ['messages', ['wait'], parked],
    ['send', ['wait'], parked],
    ['receive', ['unref', 'ref', 'wait'], parked],
    ['receive', ['unref', 'wait', 'ref'], parked],
    ['receive', ['unref', 'wait', 'ref'], polling],
    ['send', ['unref', 'wait', 'ref'], parked],
    ['receive', ['wait', 'unref', 'unref', 'ref'], parked],
    ['receive', ['wait', 'unref another'], parked],
    ['receive', ['wait', 'unref', 'give up', 'ref', 'wait'], parked],
    ['send', ['wait', 'unref', 'give up', 'ref', 'wait'], parked],
  ])('%s after %j, spin %d', async (wait, steps, spin) => {
    const { queue, child, log } = await runScript(wait, steps, spin);
    const before = log();
    if (wait === 'send') queue.tryReceive();
    else queue.trySend('x');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(before).toEqual(steps.includes('give up') ? ['ABORT_ERR'] : []);
    expect(log()).toEqual(['over', 'nothing left']);
    expect(child.stderr).toBe('');
  });
});

describe('a wait does not keep the process alive', () => {
  itSlow.each<[Wait, Step[], number]>([
    ['receive', ['unref', 'wait'], parked],
    ['receive', ['unref', 'wait'], polling],
    ['receiveMany', ['unref', 'wait'], parked],
    ['messages', ['unref', 'wait'], parked],
    ['send', ['unref', 'wait'], parked],
    ['receive', ['wait', 'unref'], parked],
    ['receive', ['wait', 'unref'], polling],
    ['send', ['wait', 'unref'], parked],
    ['receive', ['wait', 'ref', 'unref'], parked],
    ['receive', ['wait', 'unref', 'ref', 'unref', 'unref'], parked],
  ])('%s after %j, spin %d', async (wait, steps, spin) => {
    const { child, log } = await runScript(wait, steps, spin);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(log()).toEqual(['nothing left']);
    expect(child.stderr).toBe('');
  });

  itSlow.each<[Wait, Step[]]>([
    ['receive', ['wait', 'give up']],
    ['receive', ['wait', 'unref', 'give up', 'ref']],
    ['send', ['wait', 'give up']],
    ['send', ['wait', 'unref', 'give up', 'ref']],
  ])('that was canceled: %s after %j', async (wait, steps) => {
    const { child, log } = await runScript(wait, steps, parked);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(log()).toEqual(['ABORT_ERR', 'nothing left']);
  });
});
