/**
 * Leaves the event loop to others. A receive that finds its message at once, and a send that finds room, resolve without
 * a turn of the loop, so that a program which only receives, or only sends, would keep everything else from running.
 */

/** So many messages are sent and received at once in one turn; then the next one waits for the next turn. */
const MESSAGES_PER_TURN = 128;

let soFar = 0;

/** Counts messages that are sent or taken without a wait. True when the next turn has to be waited for. */
export function turnIsFull(messages = 1): boolean {
  if (soFar === 0) {
    setImmediate(() => {
      soFar = 0;
    }).unref();
  }
  soFar += messages;
  return soFar > MESSAGES_PER_TURN;
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
