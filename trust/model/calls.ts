/** One call of the public API on a world: the call itself, what the model says of it, and the comparison. */

import type { Message, Select } from '../../lib/index';
import type { Outcome, SeenReceive } from './explanation';
import { DENIED, NOT_IN_CONTROL } from './permissions';
import { delivered, fits, isDenied, isTooLarge, type ModelMessage, usedBytes, withMessage } from './queue-model';
import { awaitedOutcome, codeOf, outcomeOf, same, seenOf, type World } from './world';

export type SendCall = 'trySend' | 'sendSync nowait' | 'sendSync timeout' | 'send nowait' | 'send timeout' | 'send';
export type ReceiveCall =
  | 'tryReceive'
  | 'receiveSync nowait'
  | 'receiveSync timeout'
  | 'receive nowait'
  | 'receive timeout'
  | 'tryReceiveMany';
export type WaitingReceiveCall = 'receive' | 'receiveMany' | 'messages';

export const sendCalls: SendCall[] = [
  'trySend',
  'sendSync nowait',
  'sendSync timeout',
  'send nowait',
  'send timeout',
  'send',
];
export const receiveCalls: ReceiveCall[] = [
  'tryReceive',
  'receiveSync nowait',
  'receiveSync timeout',
  'receive nowait',
  'receive timeout',
  'tryReceiveMany',
];

/** Of msg_perm: what is left out stays. */
interface PermissionChange {
  uid?: number;
  gid?: number;
  mode?: number;
}

const TIMEOUT_MS = 1;

async function codeOfCall(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return codeOf(error);
  }
}

function bytesOf({ text }: ModelMessage): Buffer {
  return Buffer.from(text, 'latin1');
}

/** What a send of one message comes to in a queue in which nothing moves. */
function verdict(world: World, message: ModelMessage): 'sent' | 'full' | 'too large' | 'denied' {
  const { model } = world;
  if (isDenied(model, message)) return 'denied';
  if (isTooLarge(model, message)) return 'too large';
  return model.line.length === 0 && fits(model, message) ? 'sent' : 'full';
}

export async function send(world: World, handle: number, call: SendCall, message: ModelMessage): Promise<void> {
  if (call === 'send') return sendWaiting(world, handle, [message], false);
  const queue = world.handle(handle);
  const data = bytesOf(message);
  const { type } = message;
  const waiting = world.model.line.length > 0;
  const about = verdict(world, message);
  const found = await codeOfCall(() => {
    if (call === 'trySend') return queue.trySend(data, { type });
    if (call === 'sendSync nowait') return queue.sendSync(data, { type, nowait: true });
    if (call === 'sendSync timeout') return queue.sendSync(data, { type, timeout: TIMEOUT_MS });
    if (call === 'send nowait') return queue.send(data, { type, nowait: true });
    return queue.send(data, { type, timeout: TIMEOUT_MS });
  });
  const tried = call === 'trySend';
  const ofFull = tried ? false : call.endsWith('nowait') ? 'EAGAIN' : 'ETIMEDOUT';
  // Behind others that wait, how long it is does not come up, unless the error has to say why it does not wait.
  const ofTooLarge = waiting && !call.endsWith('nowait') ? ofFull : 'EINVAL';
  const ofSent = tried ? true : undefined;
  same(call, found, { sent: ofSent, full: ofFull, 'too large': ofTooLarge, denied: DENIED }[about]);
  if (about === 'sent') world.model = withMessage(world.model, message);
  await world.settle();
}

/** A send that may wait, of one message or of many. */
export async function sendWaiting(
  world: World,
  handle: number,
  messages: readonly ModelMessage[],
  many: boolean,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const queue = world.handle(handle);
  const [first] = messages;
  const promise = many
    ? queue.sendMany(
        messages.map((message) => ({ data: bytesOf(message), type: message.type })),
        { signal },
      )
    : queue.send(bytesOf(first as ModelMessage), { type: (first as ModelMessage).type, signal });
  world.addSend(messages, { handle, controller, promise });
  await world.settle();
}

/** How many of them go in, one after the other, before the queue is full or one is too large. */
function howManyFit(world: World, messages: readonly ModelMessage[]): number {
  let { model } = world;
  const refused = messages.findIndex((message) => {
    if (model.line.length > 0 || !model.rights.write || isTooLarge(model, message) || !fits(model, message))
      return true;
    model = withMessage(model, message);
    return false;
  });
  return refused < 0 ? messages.length : refused;
}

export async function trySendMany(world: World, handle: number, messages: readonly ModelMessage[]): Promise<void> {
  const items = messages.map((message) => ({ data: bytesOf(message), type: message.type }));
  const { sent, code } = sendItems(() => world.handle(handle).trySendMany(items));
  // A receive that waits may take an empty message in between, and so make room for more.
  const least = howManyFit(world, messages);
  const next = messages[sent];
  const isFull = sent === least || world.receives.length > 0;
  const refused = next !== undefined && world.model.line.length === 0;
  const denied = refused && isDenied(world.model, next);
  const tooLarge = refused && isTooLarge(world.model, next);
  same(
    `trySendMany of ${messages.length}, with ${sent} sent`,
    { code, isFull: isFull && sent >= least },
    {
      code: denied ? DENIED : tooLarge ? 'EINVAL' : undefined,
      isFull: true,
    },
  );
  world.addSent(messages.slice(0, sent));
  await world.settle();
}

function sendItems(call: () => number): { sent: number; code?: string | undefined } {
  try {
    return { sent: call() };
  } catch (error) {
    return { sent: (error as { sent: number }).sent, code: codeOf(error) };
  }
}

export async function receive(
  world: World,
  handle: number,
  call: ReceiveCall,
  select: Select,
  max: number,
): Promise<void> {
  const queue = world.handle(handle);
  const timeout = TIMEOUT_MS;
  let outcome: Outcome;
  if (call === 'tryReceive') outcome = outcomeOf(() => [queue.tryReceive(select) ?? []].flat());
  else if (call === 'receiveSync nowait') outcome = outcomeOf(() => [queue.receiveSync({ ...select, nowait: true })]);
  else if (call === 'receiveSync timeout') outcome = outcomeOf(() => [queue.receiveSync({ ...select, timeout })]);
  else if (call === 'tryReceiveMany') outcome = outcomeOf(() => queue.tryReceiveMany({ ...select, max }));
  else if (call === 'receive nowait') outcome = await awaitedOutcome(queue.receive({ ...select, nowait: true }));
  else outcome = await awaitedOutcome(queue.receive({ ...select, timeout }));
  const seen: SeenReceive = {
    select,
    max: call === 'tryReceiveMany' ? max : 1,
    waits: false,
    aborted: false,
    outcome,
  };
  await world.settle([seen]);
}

// Iteration ends where a receive would be refused, when its handle is closed.
async function nextOf(messages: AsyncIterator<Message<Buffer>>): Promise<Message<Buffer>> {
  const { value, done } = await messages.next();
  if (done) throw Object.assign(new Error('it has ended'), { code: 'ERR_QUEUE_CLOSED' });
  return value;
}

/** A receive that waits until there is something, or until a later call gives it up. */
export async function receiveWaiting(
  world: World,
  handle: number,
  call: WaitingReceiveCall,
  select: Select,
  max: number,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const queue = world.handle(handle);
  if (call === 'receiveMany') {
    const promise = queue.receiveMany({ ...select, max, signal });
    world.addReceive({ select, max }, { handle, controller, promise });
  } else {
    const promise =
      call === 'receive' ? queue.receive({ ...select, signal }) : nextOf(queue.messages({ ...select, signal }));
    world.addReceive({ select, max: 1 }, { handle, controller, promise });
  }
  await world.settle();
}

/** Gives a waiting receive up in the moment in which its message comes. */
export async function abortWhileSending(
  world: World,
  handle: number,
  index: number,
  message: ModelMessage,
): Promise<void> {
  const waiting = world.receives[index % world.receives.length];
  const about = verdict(world, message);
  same(
    'trySend',
    await codeOfCall(() => world.handle(handle).trySend(bytesOf(message), { type: message.type })),
    {
      sent: true,
      full: false,
      'too large': world.model.line.length > 0 ? false : 'EINVAL',
      denied: DENIED,
    }[about],
  );
  if (about === 'sent') world.model = withMessage(world.model, message);
  waiting?.controller.abort();
  if (waiting !== undefined) waiting.aborted = true;
  await world.settle();
}

export async function abortReceive(world: World, index: number): Promise<void> {
  const waiting = world.receives[index % world.receives.length];
  if (waiting === undefined) return;
  waiting.controller.abort();
  waiting.aborted = true;
  await world.settle();
}

export async function abortSend(world: World, index: number): Promise<void> {
  const waiting = world.sends[index % world.sends.length];
  if (waiting === undefined) return;
  waiting.controller.abort();
  world.giveUpSends((send) => send === waiting, 'ABORT_ERR');
  await world.settle();
}

/** A signal that is aborted beforehand: nothing is sent or taken. */
export async function alreadyAborted(world: World, handle: number, message: ModelMessage): Promise<void> {
  const queue = world.handle(handle);
  const signal = AbortSignal.abort();
  same('receive, aborted', await codeOfCall(() => queue.receive({ signal })), 'ABORT_ERR');
  const { type } = message;
  same('send, aborted', await codeOfCall(() => queue.send(bytesOf(message), { type, signal })), 'ABORT_ERR');
  await world.settle();
}

export async function peek(world: World, handle: number, index: number): Promise<void> {
  const { rights, messages } = world.model;
  const expected = messages[index];
  const found = await codeOfCall(() => {
    const message = world.handle(handle).peek(index);
    return message && seenOf(message);
  });
  same('peek', found, rights.read ? expected && delivered(expected, {}) : DENIED);
  await world.settle();
}

export async function stat(world: World, handle: number): Promise<void> {
  const { model } = world;
  const found = await codeOfCall(() => {
    const { messageCount, usedBytes: used, maxBytes } = world.handle(handle).stat();
    return { messageCount, used, maxBytes };
  });
  const expected = { messageCount: model.messages.length, used: usedBytes(model), maxBytes: model.maxBytes };
  same('stat', found, model.rights.read ? expected : DENIED);
  await world.settle();
}

export async function setMaxBytes(world: World, handle: number, maxBytes: number): Promise<void> {
  const { control } = world.model.rights;
  const found = await codeOfCall(() => world.handle(handle).set({ maxBytes }));
  same('set', found, control ? undefined : NOT_IN_CONTROL);
  if (control) world.model = { ...world.model, maxBytes };
  await world.settle();
}

/** The process changes whose the queue is and what its mode grants, if it may. */
export async function setPermissions(world: World, handle: number, change: PermissionChange): Promise<void> {
  const { control } = world.model.rights;
  const found = await codeOfCall(() => world.handle(handle).set(change));
  same('set', found, control ? undefined : NOT_IN_CONTROL);
  if (control) world.notePermissions(change);
  await world.settle();
}

/** Another process changes them, whatever this one may do. */
export async function officerSets(world: World, change: Required<PermissionChange>): Promise<void> {
  await world.officer?.change(world.handle(0).id, change);
  world.notePermissions(change);
  await world.settle();
}

/** Closes a handle: the waits through it are canceled, every call on it is refused, and then there is another. */
export async function close(world: World, handle: number, select: Select): Promise<void> {
  const queue = world.handle(handle);
  queue.close();
  const here = (call: { handle: number }): boolean => call.handle === handle;
  world.giveUpSends(here, 'ERR_QUEUE_CLOSED');
  await world.allFail(['ERR_QUEUE_CLOSED'], here);
  const calls = [() => queue.trySend('x'), () => queue.receive(select), () => queue.stat(), () => queue.remove()];
  for (const call of calls) same('a call on a closed handle', await codeOfCall(call), 'ERR_QUEUE_CLOSED');
  world.reopen(handle);
  await world.settle();
}

/** Removes the queue, if it may: what waits ends, every call says so, and then there is another queue. */
export async function remove(world: World, handle: number, select: Select): Promise<void> {
  if (!world.model.rights.control) {
    same('remove', await codeOfCall(() => world.handle(handle).remove()), NOT_IN_CONTROL);
    return world.settle();
  }
  world.handle(handle).remove();
  await world.allFail(['EIDRM', 'EINVAL']);
  for (const queue of world.handles) {
    const calls: (() => unknown)[] = [
      () => queue.trySend('x'),
      () => queue.tryReceive(select),
      () => queue.receive(),
      () => queue.stat(),
    ];
    for (const call of calls) {
      const { name } = (await Promise.resolve()
        .then(call)
        .catch((error: Error) => error)) as Error;
      same('a call on a removed queue', name, 'QueueRemovedError');
    }
    queue.close();
  }
  await world.begin();
  await world.settle();
}
