// Everything that is measured, in the order of the page.
import { betweenProcesses } from './cases/between-processes.mjs';
import { bridging } from './cases/bridging.mjs';
import { consuming } from './cases/consuming.mjs';
import { loading } from './cases/loading.mjs';
import { steadyRates } from './cases/steady.mjs';
import { waiting } from './cases/waiting.mjs';
import { withinAProcess } from './cases/within-a-process.mjs';

export const cases = [
  ...withinAProcess,
  ...betweenProcesses,
  ...consuming,
  ...bridging,
  ...waiting,
  ...steadyRates,
  ...loading,
];
