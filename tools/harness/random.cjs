// Random choices that can be made again from a seed. CommonJS, because Jest loads it too.

/** mulberry32: 32 bits of state, good enough to vary a schedule. */
exports.seeded = (seed) => {
  let state = seed | 0;
  const below = (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    pick: (values) => values[below(values.length)],
    shuffle(values) {
      for (let last = values.length - 1; last > 0; last--) {
        const other = below(last + 1);
        [values[last], values[other]] = [values[other], values[last]];
      }
      return values;
    },
  };
};
