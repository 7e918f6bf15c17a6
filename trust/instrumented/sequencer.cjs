// Runs test files in the order in which SYSVMQ_TEST_ORDER names them.
const { default: Sequencer } = require('@jest/test-sequencer');

module.exports = class GivenOrder extends Sequencer {
  sort(tests) {
    const order = process.env.SYSVMQ_TEST_ORDER;
    if (order === undefined) return super.sort(tests);
    const names = order.split(',');
    const place = ({ path }) => names.findIndex((name) => path.endsWith(`/${name}`));
    return [...tests].sort((a, b) => place(a) - place(b));
  }
};
