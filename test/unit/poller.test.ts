/** Polling on each turn of the event loop, with a clock and turns of the test's own: when it ends, and when it is suspended. */

import type * as eventLoop from '../../lib/core/event-loop';
import type * as calls from '../../lib/native/calls';
import type * as budgets from '../../lib/waiting/poll-budget';
import type * as pollers from '../../lib/waiting/poller';

const EVENT_LOOP = '../../lib/core/event-loop';
const CALLS = '../../lib/native/calls';

const MS_IN_US = 1000;
const LONG_MS = 1;
const SHORT_MS = 0.1;

let now = 0;
let turns: (() => void)[] = [];
/** How long yielding the processor takes, in milliseconds. */
let yieldMs = 0;

let poller: typeof pollers;
let PollBudget: typeof budgets.PollBudget;

// A copy of its own, which nothing else polls with, and in which nothing is suspended yet.
beforeEach(() => {
  now = 1_000_000;
  turns = [];
  yieldMs = 0;
  jest.isolateModules(() => {
    jest.doMock(
      EVENT_LOOP,
      (): Partial<typeof eventLoop> => ({
        clockNow: () => now,
        setImmediate: ((turn: () => void) => turns.push(turn)) as never,
      }),
    );
    jest.doMock(
      CALLS,
      (): Partial<typeof calls> => ({
        yieldProcessor: () => {
          now += yieldMs;
        },
      }),
    );
    try {
      poller = require('../../lib/waiting/poller') as typeof pollers;
      ({ PollBudget } = require('../../lib/waiting/poll-budget') as typeof budgets);
    } finally {
      jest.dontMock(EVENT_LOOP);
      jest.dontMock(CALLS);
    }
  });
});

/** Takes a turn of the event loop. */
function turn(): void {
  for (const each of turns.splice(0)) each();
}

/** One that waits, with the tries it was given in each turn, and whether it was parked. */
class Waiting implements pollers.Polling {
  readonly tries: number[] = [];
  parked = false;
  waits = true;

  tryOnLoop(tries: number): boolean {
    this.tries.push(tries);
    return this.waits;
  }

  park(): void {
    this.parked = true;
  }
}

function startPolling(milliseconds: number): Waiting {
  const waiting = new Waiting();
  poller.startPolling(waiting, milliseconds * MS_IN_US);
  return waiting;
}

/** Polls for as many turns, of which each takes so long. */
function pollSlowly(count: number, milliseconds: number): Waiting {
  const waiting = startPolling(1000);
  yieldMs = milliseconds;
  for (let each = 0; each < count; each++) turn();
  return waiting;
}

it('one that polls alone has eight tries in a turn, and several have one each', () => {
  const first = startPolling(10);
  turn();
  const second = startPolling(10);
  turn();
  expect([first.tries, second.tries]).toEqual([[8, 1], [1]]);
});

it('one that has found what it waits for is tried no longer, and neither is one that has stopped', () => {
  const [finds, stops] = [startPolling(10), startPolling(10)];
  finds.waits = false;
  turn();
  poller.stopPolling(stops);
  turn();
  expect([finds.tries, stops.tries]).toEqual([[1], [1]]);
  expect([finds.parked, stops.parked, turns.length]).toEqual([false, false, 0]);
});

it('one whose time is over is tried once more, and parks', () => {
  const waiting = startPolling(10);
  now += 9;
  turn();
  expect(waiting.parked).toBe(false);
  now += 1;
  turn();
  expect([waiting.tries.length, waiting.parked]).toEqual([2, true]);
  turn();
  expect(waiting.tries).toHaveLength(2);
});

it('polling is suspended for a second when another process has the processor in three turns of 100 ms', () => {
  const waiting = pollSlowly(2, LONG_MS);
  expect([poller.pollingIsSuspended(), waiting.parked]).toEqual([false, false]);
  turn();
  expect([poller.pollingIsSuspended(), waiting.parked]).toEqual([true, true]);
  now += 999;
  expect(poller.pollingIsSuspended()).toBe(true);
  now += 1;
  expect(poller.pollingIsSuspended()).toBe(false);
});

it('polling goes on while the processor comes back soon', () => {
  const waiting = pollSlowly(50, SHORT_MS);
  expect([poller.pollingIsSuspended(), waiting.parked]).toEqual([false, false]);
});

it('polling goes on when another process has the processor now and then', () => {
  const waiting = startPolling(10_000);
  for (let each = 0; each < 10; each++) {
    yieldMs = LONG_MS;
    turn();
    yieldMs = 0;
    now += 60;
    turn();
  }
  expect([poller.pollingIsSuspended(), waiting.parked]).toEqual([false, false]);
});

it('polling is suspended for twice as long when it was no better afterwards, up to a minute, and a second when it was', () => {
  const lengths: number[] = [];
  const suspend = (): void => {
    pollSlowly(3, LONG_MS);
    const begun = now;
    while (poller.pollingIsSuspended()) now += 500;
    lengths.push(now - begun);
  };
  for (let each = 0; each < 8; each++) suspend();
  now += 6000;
  suspend();
  expect(lengths).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 1000]);
});

it('a wait does not poll while polling is suspended, and has all of its time afterwards', () => {
  const budget = new PollBudget();
  pollSlowly(3, LONG_MS);
  expect(budget.begin(100)).toBe(0);
  now += 1000;
  expect(budget.begin(100)).toBe(100);
});
