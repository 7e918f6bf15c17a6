/**
 * Leaves the event loop to others. A receive that finds its message at once resolves without a turn of the loop, so that a
 * program which only receives, from a queue that always has a message, would keep everything else from running.
 */

/** So many messages are handed out in one turn; then the next one waits for the next turn. */
const MESSAGES_PER_TURN = 128;

let handedOut = 0;

/** Counts a message that is about to be taken without a wait. True when it has to wait for the next turn. */
export function turnIsFull(): boolean {
  if (handedOut === 0) {
    setImmediate(() => {
      handedOut = 0;
    }).unref();
  }
  handedOut += 1;
  return handedOut > MESSAGES_PER_TURN;
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
