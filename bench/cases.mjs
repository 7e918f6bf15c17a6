// Everything that is measured, in the order of the page.
import { betweenProcesses } from './cases/between-processes.mjs';
import { withinAProcess } from './cases/within-a-process.mjs';

export const cases = [...withinAProcess, ...betweenProcesses];
