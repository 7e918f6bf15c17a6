/** When a turn of the event loop is full: after eight messages and more than 0.25 ms, and until the turn ends. */

import { setImmediate as turn } from 'node:timers/promises';
import { clockNow } from '../../lib/core/event-loop';
import { nextTurn, spendTurn } from '../../lib/waiting/fairness';

const MESSAGES_PER_LOOK = 8;
const LONG_MS = 1;

function keepBusy(): void {
  const end = clockNow() + LONG_MS;
  while (clockNow() < end);
}

/** The answers for this many messages of the turn, one after the other. */
const spend = (count: number): boolean[] => Array.from({ length: count }, () => spendTurn());

// Messages of an earlier turn count until the clock is read.
beforeEach(async () => {
  spendTurn(MESSAGES_PER_LOOK);
  await turn();
  await turn();
});

it('a turn is full with the second look at the clock, which comes after sixteen messages', () => {
  keepBusy();
  expect(spend(8)).toEqual(Array(8).fill(false));
  keepBusy();
  expect(spend(8)).toEqual([...Array(7).fill(false), true]);
});

it('a turn that is full stays full until the next', async () => {
  spend(8);
  keepBusy();
  spend(8);
  expect(spend(20)).toEqual(Array(20).fill(true));
  await nextTurn();
  expect(spend(8)).toEqual(Array(8).fill(false));
});

it('many messages at once count as many', () => {
  expect(spendTurn(1000)).toBe(false);
  keepBusy();
  expect(spendTurn(7)).toBe(false);
  expect(spendTurn(1)).toBe(true);
});
