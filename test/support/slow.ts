/** Tests that take more than a second on a quiet machine: npm run test:fast leaves them out and counts them. */

const areLeftOut = (process.env['SYSVMQ_FAST_TESTS'] ?? '') !== '';

/** `it`, with `each`, for a slow test. */
export const itSlow: jest.It = areLeftOut ? it.skip : it;

/** `describe` for slow tests that share what is slow, such as a compiler in `beforeAll`. */
export const describeSlow: jest.Describe = areLeftOut ? describe.skip : describe;
