// What takes the time it takes is done again while the time lasts.

/** Results of `round`, once at least, and again while another is likely to end in time and `passed` says so of the last. */
export function rounds(minutes, round, passed) {
  const until = performance.now() + minutes * 60_000;
  const results = [];
  for (;;) {
    const began = performance.now();
    const result = round();
    results.push(result);
    const ended = performance.now();
    if (!passed(result) || ended + (ended - began) > until) return results;
  }
}
