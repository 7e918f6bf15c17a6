/** The mailbox of the events of waits: when it is open, when it keeps the event loop alive, and when it is closed. */

import { getEventListeners } from 'node:events';
import { E2BIG, ENOMEM } from '../../lib/core/errno';
import { MessageQueue } from '../../lib/index';
import type * as events from '../../lib/native/events';
import { leaveMailbox } from '../../lib/native/events';
import type * as registers from '../../lib/native/registers';
import { Register, readRegister } from '../../lib/native/registers';
import type * as waitCalls from '../../lib/native/wait-calls';
import type { NativeAddon } from '../../types/native';
import { copyFor } from '../support/library-copy';
import { withCalls } from '../support/other-addon';
import { fullQueue, newQueue } from '../support/queues';

type Library = typeof events & typeof registers & typeof waitCalls;

interface Timer {
  callback: () => void;
  ms: number;
  referenced: boolean;
  cleared: boolean;
  unref(): Timer;
}

/** A copy of the modules that wait, the calls of the addon that concern the mailbox, and the timers, which the test ends. */
class Waits {
  readonly calls: string[] = [];
  readonly timers: Timer[] = [];
  readonly library: Library;
  hasMemory = true;

  constructor() {
    const setTimeout = (callback: () => void, ms: number) => {
      const timer: Timer = { callback, ms, referenced: true, cleared: false, unref: () => timer };
      timer.unref = () => Object.assign(timer, { referenced: false });
      this.timers.push(timer);
      return timer;
    };
    const clearTimeout = (timer?: Timer) => void (timer && Object.assign(timer, { cleared: true }));
    const timers = { setTimeout, clearTimeout } as never;
    this.library = copyFor({ timers }, () => ({
      ...(require('../../lib/native/events') as typeof events),
      ...(require('../../lib/native/wait-calls') as typeof waitCalls),
      ...(require('../../lib/native/registers') as typeof registers),
    }));
    const real = this.library.nativeAddon();
    this.library.replaceAddon(Object.create(real, Object.getOwnPropertyDescriptors(this.#observed(real))));
  }

  #observed(real: NativeAddon): Partial<NativeAddon> {
    const { calls } = this;
    let mailbox = -1;
    const note = (call: string): void => {
      const isOurs = real.registers[Register.mailbox] === mailbox;
      calls.push(isOurs ? call : `${call} of another mailbox`);
    };
    return {
      openMailbox: (callback) => {
        if (!this.hasMemory) return ENOMEM;
        mailbox = real.openMailbox(callback);
        calls.push('open');
        return mailbox;
      },
      closeMailbox: () => {
        note('close');
        real.closeMailbox();
      },
      referenceMailbox: () => {
        note(`reference ${real.registers[Register.referenced]}`);
        real.referenceMailbox();
      },
    };
  }

  /** The calls since this was asked last. */
  takeCalls(): string[] {
    return this.calls.splice(0);
  }

  /** Ends the last timer. */
  ring(): void {
    this.timers.at(-1)?.callback();
  }
}

let waits: Waits;
let library: Library;

beforeEach(() => {
  waits = new Waits();
  ({ library } = waits);
});
// A mailbox that is left open would hold the copy.
afterEach(() => expect(library.leaveMailbox()).toBe(true));

function waitOnce(): void {
  library.addReferences(1);
  library.addReferences(-1);
}

it('the first wait opens the mailbox, and it keeps the event loop alive until the last one ends', () => {
  library.addReferences(0);
  expect(waits.takeCalls()).toEqual([]);
  library.addReferences(1);
  expect(waits.takeCalls()).toEqual(['open', 'reference 1']);
  library.addReferences(2);
  library.addReferences(-2);
  expect(waits.takeCalls()).toEqual([]);
  library.addReferences(-1);
  expect(waits.takeCalls()).toEqual(['reference 0']);
  library.addReferences(2);
  library.addReferences(-2);
  expect(waits.takeCalls()).toEqual(['reference 1', 'reference 0']);
});

it('a mailbox that was never open is not closed', () => {
  library.closeMailboxIfIdle();
  expect(library.leaveMailbox()).toBe(true);
  expect(waits.takeCalls()).toEqual([]);
});

it('it is not closed while a wait is pending, referenced or not', () => {
  const token = library.addHandler(() => undefined);
  library.closeMailboxIfIdle();
  expect(library.leaveMailbox()).toBe(false);
  expect(waits.takeCalls()).toEqual(['open']);
  library.addReferences(1);
  library.removeHandler(token);
  library.closeMailboxIfIdle();
  expect(library.leaveMailbox()).toBe(false);
  expect(waits.takeCalls()).toEqual(['reference 1']);
  library.addReferences(-1);
  library.closeMailboxIfIdle();
  expect(waits.takeCalls()).toEqual(['reference 0', 'close']);
  library.closeMailboxIfIdle();
  expect(waits.takeCalls()).toEqual([]);
});

it('leaving it ends what is kept for the next wait', () => {
  const tokens = [1, 2].map(() => library.addHandler(() => undefined));
  for (const token of tokens) library.addIdleSweep(() => library.removeHandler(token));
  expect(library.leaveMailbox()).toBe(true);
  expect(waits.takeCalls()).toEqual(['open', 'close']);
});

it('each wait has a token of its own', () => {
  const tokens = [1, 2, 3].map(() => library.addHandler(() => undefined));
  expect(tokens).toEqual([1, 2, 3]);
  tokens.forEach(library.removeHandler);
  const next = library.addHandler(() => undefined);
  expect(next).toBe(4);
  library.removeHandler(next);
});

describe('one timer, which does not keep the event loop alive,', () => {
  it('is set when the last wait ends, however often that is', () => {
    library.addReferences(2);
    library.addReferences(-1);
    library.removeHandler(library.addHandler(() => undefined));
    expect(waits.timers).toHaveLength(0);
    library.addReferences(-1);
    for (let round = 0; round < 3; round++) waitOnce();
    library.removeHandler(library.addHandler(() => undefined));
    expect(waits.timers).toMatchObject([{ ms: 1000, referenced: false, cleared: false }]);
  });

  it('is set when the last wait that is not referenced ends', () => {
    const token = library.addHandler(() => undefined);
    expect(waits.timers).toHaveLength(0);
    library.removeHandler(token);
    expect(waits.timers).toHaveLength(1);
  });

  it('closes the mailbox after a time without a wait', () => {
    let swept = 0;
    library.addIdleSweep(() => {
      swept += 1;
    });
    waitOnce();
    waits.takeCalls();
    waits.ring();
    expect([waits.timers.length, swept, waits.takeCalls()]).toEqual([2, 0, []]);
    waits.ring();
    expect([waits.timers.length, swept, waits.takeCalls()]).toEqual([2, 1, ['close']]);
  });

  it('does not close it after a time with a wait', () => {
    waitOnce();
    waits.ring();
    waitOnce();
    waits.takeCalls();
    waits.ring();
    expect([waits.timers.length, waits.takeCalls()]).toEqual([3, []]);
    waits.ring();
    expect([waits.timers.length, waits.takeCalls()]).toEqual([3, ['close']]);
  });

  it('ends while a wait is pending, and is set again when that ends', () => {
    waitOnce();
    library.addReferences(1);
    waits.takeCalls();
    waits.ring();
    waits.ring();
    expect([waits.timers.length, waits.takeCalls()]).toEqual([1, []]);
    library.addReferences(-1);
    expect(waits.timers).toHaveLength(2);
  });

  it('ends with the mailbox', () => {
    waitOnce();
    library.closeMailboxIfIdle();
    expect(waits.timers).toMatchObject([{ cleared: true }]);
    waitOnce();
    expect(waits.timers).toMatchObject([{ cleared: true }, { cleared: false }]);
  });

  it('closes nothing that a wait still needs which is not referenced', () => {
    const token = library.addHandler(() => undefined);
    waitOnce();
    waits.takeCalls();
    waits.ring();
    waits.ring();
    expect(waits.takeCalls()).toEqual([]);
    library.removeHandler(token);
  });
});

it('without memory for a mailbox a wait fails, and a later one opens it', () => {
  waits.hasMemory = false;
  expect(() => library.addHandler(() => undefined)).toThrow('no memory to wait');
  expect(() => library.addReferences(1)).toThrow('no memory to wait');
  waits.hasMemory = true;
  waitOnce();
  expect(waits.takeCalls()).toEqual(['open', 'reference 1', 'reference 0']);
});

it.each([
  ['receive', (handle: MessageQueue, signal: AbortSignal) => handle.receive({ type: 2, signal })],
  ['send', (handle: MessageQueue, signal: AbortSignal) => handle.send('x', { signal })],
])(
  'a %s that finds no memory for the mailbox leaves nothing behind, and later waits keep the process alive',
  async (_, wait) => {
    const failing = MessageQueue.attach(fullQueue().id);
    const { signal } = new AbortController();
    const empty = newQueue();
    expect(leaveMailbox()).toBe(true);
    await expect(withCalls({ openMailbox: () => ENOMEM }, () => wait(failing, signal))).rejects.toThrow(
      'no memory to wait',
    );
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    failing.close();
    const received = empty.receive();
    expect(readRegister(Register.referenced)).toBe(1);
    empty.trySend('a message');
    expect((await received).data.toString()).toBe('a message');
  },
);

it('two copies of the library each receive the events of their own waits', async () => {
  const other = new Waits();
  const queues = [newQueue(), newQueue()];
  const slots: number[] = [];
  const heard = new Promise<unknown[]>((resolve) => {
    const all: unknown[] = [];
    const listen = (name: string, { addHandler }: Library) =>
      addHandler((result) => {
        all.push([name, result]);
        if (all.length === queues.length) resolve(all);
      });
    const tokens = [listen('this copy', library), listen('the other', other.library)];
    slots.push(library.subscribe(queues[0]?.id as number, 0, 0, tokens[0] as number));
    slots.push(other.library.subscribe(queues[1]?.id as number, 0, 0, tokens[1] as number));
  });
  library.addReferences(1);
  expect([library.arm(slots[0] as number), other.library.arm(slots[1] as number)]).toEqual([0, 0]);
  queues[0]?.trySend('a message');
  queues[1]?.trySend('a message');
  expect((await heard).sort()).toEqual([
    ['the other', E2BIG],
    ['this copy', E2BIG],
  ]);
  for (const [index, { unsubscribe, removeHandler, leaveMailbox }] of [library, other.library].entries()) {
    unsubscribe(slots[index] as number);
    removeHandler(1);
    if (index === 0) library.addReferences(-1);
    expect(leaveMailbox()).toBe(true);
  }
});
