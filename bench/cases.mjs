// Everything that is measured, in the order of the page.
import { withinAProcess } from './cases/within-a-process.mjs';

export const cases = [...withinAProcess];
