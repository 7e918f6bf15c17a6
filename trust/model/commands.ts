/** Sequences of calls for fast-check, and the property that all of them are as the model says. */

import fc from 'fast-check';
import type { Select } from '../../lib/index';
import {
  abortReceive,
  abortSend,
  abortWhileSending,
  alreadyAborted,
  close,
  officerSets,
  peek,
  type ReceiveCall,
  receive,
  receiveCalls,
  receiveWaiting,
  remove,
  type SendCall,
  send,
  sendCalls,
  sendWaiting,
  setMaxBytes,
  setPermissions,
  stat,
  trySendMany,
  type WaitingReceiveCall,
} from './calls';
import type { Officer, Person } from './permissions';
import { type Library, World } from './world';

/** More would make the search for an explanation long. */
const MAX_WAITING = 3;

type Act = (world: World) => Promise<void>;
type Ready = (world: World) => boolean;

class Call implements fc.AsyncCommand<World, World> {
  readonly #words: string;
  readonly #act: Act;
  readonly #ready: Ready;

  constructor(words: string, act: Act, ready: Ready = () => true) {
    this.#words = words;
    this.#act = act;
    this.#ready = ready;
  }

  check(world: Readonly<World>): boolean {
    return this.#ready(world as World);
  }

  run(_model: World, world: World): Promise<void> {
    world.count(this.#words.split('(', 1)[0]?.replace(/ \d$/, '') as string);
    return this.#act(world);
  }

  toString(): string {
    return this.#words;
  }
}

// Few types, so that they meet each other, and two that a double would confuse.
const types: (number | bigint)[] = [1, 2, 3, 2n ** 53n, 2n ** 53n + 1n];
const anyType = fc.constantFrom(...types);
const anyHandle = fc.constantFrom(0, 1, 2);
const anyLength = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(64, 65, 8192, 8193, 20000) },
);
const anyMessage = fc.record({ type: anyType, length: anyLength });
const someMessages = fc.array(anyMessage, { maxLength: 5 });
const anyMatch: fc.Arbitrary<Select> = fc.oneof(
  fc.constant({}),
  anyType.map((type) => ({ type })),
  anyType.map((except) => ({ except })),
  anyType.map((upTo) => ({ upTo })),
);
const anySelect: fc.Arbitrary<Select> = fc
  .tuple(
    anyMatch,
    fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.integer({ min: 0, max: 20 })),
    fc.boolean(),
  )
  .map(([match, maxLength, truncate]) => (maxLength === undefined ? match : { ...match, maxLength, truncate }));

type Described = { type: number | bigint; length: number };

function format(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item));
}

const lineHasRoom: Ready = ({ sends }) => sends.length < MAX_WAITING;
const mayWait: Ready = ({ receives }) => receives.length < MAX_WAITING;

function formatSend(call: string, handle: number, what: unknown): string {
  return `${call}(handle ${handle}, ${format(what)})`;
}

const anySend = fc
  .record({ handle: anyHandle, call: fc.constantFrom(...sendCalls), message: anyMessage })
  .map(({ handle, call, message: { type, length } }: { handle: number; call: SendCall; message: Described }) => {
    const act: Act = (world) => send(world, handle, call, world.message(type, length));
    return new Call(formatSend(call, handle, { type, length }), act, lineHasRoom);
  });

const anySendMany = fc
  .record({ handle: anyHandle, waits: fc.boolean(), messages: someMessages })
  .map(({ handle, waits, messages }) => {
    const words = formatSend(waits ? 'sendMany' : 'trySendMany', handle, messages);
    const act: Act = (world) => {
      const made = messages.map(({ type, length }) => world.message(type, length));
      return waits ? sendWaiting(world, handle, made, true) : trySendMany(world, handle, made);
    };
    return new Call(words, act, lineHasRoom);
  });

const anyReceive = fc
  .record({
    handle: anyHandle,
    call: fc.constantFrom(...receiveCalls),
    select: anySelect,
    max: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ handle, call, select, max }: { handle: number; call: ReceiveCall; select: Select; max: number }) => {
    const words = formatSend(call, handle, call === 'tryReceiveMany' ? { ...select, max } : select);
    return new Call(words, (world) => receive(world, handle, call, select, max));
  });

const anyWaitingReceive = fc
  .record({
    handle: anyHandle,
    call: fc.constantFrom<WaitingReceiveCall>('receive', 'receiveMany', 'messages'),
    select: anySelect,
    max: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ handle, call, select, max }) => {
    const words = formatSend(call, handle, call === 'receiveMany' ? { ...select, max } : select);
    return new Call(words, (world) => receiveWaiting(world, handle, call, select, max), mayWait);
  });

const anyIndex = fc.integer({ min: 0, max: MAX_WAITING - 1 });

const anyAbort = fc.oneof(
  anyIndex.map(
    (index) =>
      new Call(
        `abort receive ${index}`,
        (world) => abortReceive(world, index),
        ({ receives }) => receives.length > 0,
      ),
  ),
  anyIndex.map(
    (index) =>
      new Call(
        `abort send ${index}`,
        (world) => abortSend(world, index),
        ({ sends }) => sends.length > 0,
      ),
  ),
  // Not an empty message: one that the wait has taken goes back to the queue's end, where the model would not look.
  fc.record({ handle: anyHandle, index: anyIndex, type: anyType, length: fc.integer({ min: 1, max: 30 }) }).map(
    ({ handle, index, type, length }) =>
      new Call(
        formatSend(`abort receive ${index} and trySend`, handle, { type, length }),
        (world) => abortWhileSending(world, handle, index, world.message(type, length)),
        ({ receives }) => receives.length > 0,
      ),
  ),
  fc
    .tuple(anyHandle, anyType)
    .map(
      ([handle, type]) =>
        new Call(`aborted already(handle ${handle})`, (world) => alreadyAborted(world, handle, world.message(type, 3))),
    ),
);

const anyLook = fc.oneof(
  fc
    .tuple(anyHandle, fc.integer({ min: 0, max: 6 }))
    .map(([handle, index]) => new Call(formatSend('peek', handle, index), (world) => peek(world, handle, index))),
  anyHandle.map((handle) => new Call(`stat(handle ${handle})`, (world) => stat(world, handle))),
);

const anyChange = fc
  .tuple(anyHandle, fc.constantFrom(0, 1, 3, 16, 64, 64, 64, 100, 16384))
  .map(
    ([handle, maxBytes]) =>
      new Call(formatSend('set', handle, { maxBytes }), (world) => setMaxBytes(world, handle, maxBytes)),
  );

// All rights often, so that the other calls get somewhere, too.
function anyPermissions(person: Person, other: Person) {
  const all = fc.constant({ ...person, mode: 0o600 });
  const some = fc.record({
    uid: fc.constantFrom(person.uid, other.uid),
    gid: fc.constantFrom(person.gid, other.gid),
    mode: fc.constantFrom(0, 0o200, 0o400, 0o600, 0o620, 0o640, 0o602, 0o604, 0o622, 0o644, 0o660, 0o666, 0o66, 0o6),
  });
  return fc.oneof({ weight: 3, arbitrary: all }, { weight: 2, arbitrary: some });
}

function permissionCalls({ person, creator }: Officer): fc.Arbitrary<Call>[] {
  const another = { uid: creator.uid + 1, gid: creator.gid + 1 };
  const officerCalls = anyPermissions(person, another).map(
    (change) => new Call(`officer sets(${format(change)})`, (world) => officerSets(world, change)),
  );
  const ownCalls = fc
    .record({
      handle: anyHandle,
      change: anyPermissions(person, another),
      which: fc.constantFrom('uid', 'gid', 'mode'),
    })
    .map(({ handle, change, which }) => {
      const one = { [which]: change[which as keyof typeof change] };
      return new Call(formatSend('set permissions', handle, one), (world) => setPermissions(world, handle, one));
    });
  return [officerCalls, officerCalls, ownCalls];
}

const anyEnd = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(anyHandle, anySelect)
      .map(([handle, select]) => new Call(`close(handle ${handle})`, (world) => close(world, handle, select))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anyHandle, anySelect)
      .map(([handle, select]) => new Call(`remove(handle ${handle})`, (world) => remove(world, handle, select))),
  },
);

// The weights are by repetition: fc.commands picks among the arbitraries evenly.
const calls: fc.Arbitrary<Call>[] = [
  ...[anySend, anySend, anySend, anySend, anySendMany, anySendMany],
  ...[anyReceive, anyReceive, anyReceive, anyReceive, anyWaitingReceive, anyWaitingReceive, anyWaitingReceive],
  ...[anyAbort, anyAbort, anyLook, anyChange, anyEnd],
];

/** How many calls were made, for the figures. */
interface Tally {
  runs: number;
  steps: number;
  /** How often each call was made. */
  calls: Record<string, number>;
}

/** For any sequence of calls, what the library and the kernel do is what the model does. */
export function modelProperty(
  library: Library,
  tally: Tally,
  { maxCommands, replayPath, officer }: { maxCommands: number; replayPath?: string | undefined; officer?: Officer },
) {
  const options = replayPath === undefined ? { maxCommands } : { maxCommands, replayPath };
  const all = officer === undefined ? calls : [...calls, ...permissionCalls(officer)];
  return fc.asyncProperty(fc.commands(all, { ...options, size: 'max' }), async (commands) => {
    const world = await World.make(library, officer);
    try {
      await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
    } finally {
      tally.runs += 1;
      tally.steps += world.steps;
      for (const [call, count] of world.calls) tally.calls[call] = (tally.calls[call] ?? 0) + count;
      await world.end();
    }
  });
}
