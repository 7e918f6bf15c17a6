/** What a call throws, for tests that look at more of an error than its class. */

/** The error that `call` throws. Fails when it throws none. */
export function failureOf(call: () => unknown): Error & Record<string, unknown> {
  try {
    call();
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('The call was to fail, and did not.');
}

/** The same, for what is compared as a whole. */
export const failure: (call: () => unknown) => unknown = failureOf;
