// How the minutes that there are become the parts'.

/** The minutes of each: its share, but what it takes at least; that is taken from the others as long as they have any. */
export function shareOut(parts, minutes) {
  const fixed = new Set();
  for (;;) {
    const free = parts.filter((part) => !fixed.has(part));
    const left = minutes - [...fixed].reduce((sum, { leastMinutes }) => sum + leastMinutes, 0);
    const shares = free.reduce((sum, { share }) => sum + share, 0);
    // Where the least lengths leave nothing the others have a tenth of the whole, which is longer then.
    const unit = Math.max(left, minutes / 10) / shares;
    const tooShort = free.filter(({ share, leastMinutes = 0 }) => share * unit < leastMinutes);
    if (tooShort.length === 0) {
      const of = (part) => (fixed.has(part) ? part.leastMinutes : part.share * unit);
      return parts.map((part) => Number(of(part).toFixed(3)));
    }
    for (const part of tooShort) fixed.add(part);
  }
}
