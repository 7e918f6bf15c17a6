// The order of the plan.
const { relative } = require('node:path');
const { files } = require('/plan.json');

module.exports = class Sequencer {
  sort(tests) {
    const place = ({ path, context }) => files.indexOf(relative(context.config.rootDir, path));
    return [...tests].sort((one, other) => place(one) - place(other));
  }

  cacheResults() {}
};
