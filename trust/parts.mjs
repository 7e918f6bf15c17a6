// The parts of npm run trust, a line each: trust/NAME.mjs takes --minutes and --seed, and writes trust/results/NAME.json.
// `share` is its part of the minutes that there are, `shortMinutes` its length with --short.

export const parts = [
  { name: 'chaos', share: 3, shortMinutes: 0.15 },
  { name: 'leaks', share: 4, shortMinutes: 0.2 },
  { name: 'load', share: 2, shortMinutes: 0.15 },
];
