/** How long a list polls before a thread waits (docs/performance.md): all of `spin` while it pays off, less and less otherwise. */

import { clockNow } from '../../lib/core/event-loop';
import { PollBudget } from '../../lib/waiting/poll-budget';

const SPIN_US = 1_000_000;
const ENOUGH_WAITS = 64;

/** A budget whose polls have found nothing, until none is left. */
function spent(spin: number): PollBudget {
  const budget = new PollBudget();
  while (budget.begin(spin) > 0) budget.giveUp();
  return budget;
}

it('a first wait polls for all of spin', () => {
  expect(new PollBudget().begin(SPIN_US)).toBe(SPIN_US);
});

it.each([0, 9])('a spin of %d is too short for any poll', (spin) => {
  expect(new PollBudget().begin(spin)).toBe(0);
});

it('a spin of 10 is not', () => {
  expect(new PollBudget().begin(10)).toBe(10);
});

it('a poll that finds nothing halves the next one', () => {
  const budget = new PollBudget();
  budget.giveUp();
  expect(budget.begin(SPIN_US)).toBe(SPIN_US / 2);
  budget.giveUp();
  expect(budget.begin(SPIN_US)).toBe(SPIN_US / 4);
});

it('a wait that took longer than spin halves the next poll', () => {
  const budget = new PollBudget();
  budget.begin(SPIN_US);
  budget.end(clockNow() - (2 * SPIN_US) / 1000);
  expect(budget.begin(SPIN_US)).toBe(SPIN_US / 2);
});

it('a wait that ends within spin gives the next one all of it', () => {
  const budget = spent(SPIN_US);
  budget.begin(SPIN_US);
  expect(budget.beganAt).toBeGreaterThan(clockNow() - SPIN_US / 1000);
  budget.end(budget.beganAt);
  expect(budget.begin(SPIN_US)).toBe(SPIN_US);
});

it('below 10 microseconds are left, a wait does not poll', () => {
  const budget = new PollBudget();
  budget.giveUp();
  expect(budget.begin(20)).toBe(10);
  budget.giveUp();
  expect(budget.begin(20)).toBe(0);
});

function pollsOf(budget: PollBudget, spin: number): number[] {
  return Array.from({ length: ENOUGH_WAITS }, () => budget.begin(spin)).filter((microseconds) => microseconds > 0);
}

it('one wait of 64 polls again after a short one', () => {
  expect(pollsOf(spent(SPIN_US), SPIN_US)).toEqual([SPIN_US]);
});

it('none does after a wait of more than three times spin', () => {
  const budget = spent(SPIN_US);
  budget.end(clockNow() - (4 * SPIN_US) / 1000);
  expect(pollsOf(budget, SPIN_US)).toEqual([]);
});

it('a spin below 10 microseconds never polls, however many waits there are', () => {
  expect(pollsOf(new PollBudget(), 9)).toEqual([]);
});
