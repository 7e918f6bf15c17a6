// The order of the plan: batches have their number in their name.
module.exports = class Sequencer {
  sort(tests) {
    return [...tests].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  cacheResults() {}
};
