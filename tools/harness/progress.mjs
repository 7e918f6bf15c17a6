// Progress on stderr.

const QUIET_MS = 10_000;
let nextLineAt = 0;

/** On a terminal one line that changes; elsewhere a line now and then. */
export function progress(words) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${words}`);
  else if (performance.now() > nextLineAt) {
    nextLineAt = performance.now() + QUIET_MS;
    process.stderr.write(`${words}\n`);
  }
}

/** Takes the line away. */
export function endProgress() {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
