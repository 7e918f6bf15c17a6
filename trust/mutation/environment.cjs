// Jest's environment for many mutants, one after the other, in one load of the library. The tests of a batch are defined once;
// each mutant has copies of those that see it. The job is the file SYSVMQ_MUTANTS:
//
//     { mutants: [{ id, tests: ["FILE NAME"] }], outcomes }
//
// `outcomes` is a file, which gets a line { id, started } and a line { id, became, by?, tests? } for each. After a test that fails,
// the same test runs without the mutant. If it fails, too, something is left of the mutant: it is "unsure", and the process
// ends. So is one that was not met: the library has kept what it once made.
const { appendFileSync, readFileSync } = require('node:fs');
const { TestEnvironment } = require('jest-environment-node');

// Stryker's code throws when a mutant is met more often: it would not end.
const MOST_HITS = 1_000_000;
const ROOT = 'ROOT_DESCRIBE_BLOCK';

const isBlock = ({ type }) => type === 'describeBlock';

function nameOf({ name, parent }) {
  return parent === undefined || parent.name === ROOT ? name : `${nameOf(parent)} ${name}`;
}

function* testsOf(block) {
  for (const child of block.children) {
    if (isBlock(child)) yield* testsOf(child);
    else yield child;
  }
}

/** A block of copies of these tests, in copies of their blocks, which have the hooks. */
function copyOf(tests, name, root) {
  const top = { ...root, name, parent: root, children: [], tests: [], hooks: [] };
  const copies = new Map([[root, top]]);
  const blockOf = (block) => {
    if (!copies.has(block)) {
      const parent = blockOf(block.parent);
      const copy = { ...block, parent, children: [], tests: [] };
      parent.children.push(copy);
      copies.set(block, copy);
    }
    return copies.get(block);
  };
  for (const test of tests) {
    const parent = blockOf(test.parent);
    parent.children.push({
      ...test,
      parent,
      errors: [],
      status: null,
      invocations: 0,
      seenDone: false,
      original: test,
    });
  }
  return top;
}

module.exports = class ManyMutants extends TestEnvironment {
  #job = JSON.parse(readFileSync(process.env.SYSVMQ_MUTANTS, 'utf8'));
  #failure;

  #write(line) {
    appendFileSync(this.#job.outcomes, `${JSON.stringify(line)}\n`);
  }

  #plan(root) {
    const known = new Map([...testsOf(root)].map((test) => [nameOf(test), test]));
    root.children = this.#job.mutants.flatMap(({ id, tests }) => {
      const some = tests.flatMap((name) => known.get(name) ?? []);
      const again = Object.assign(copyOf([], `without ${id}`, root), { again: id });
      return [Object.assign(copyOf(some, `mutant ${id}`, root), { mutant: id, again, root }), again];
    });
  }

  #setMutant(id) {
    this.global.__stryker__ ??= {};
    Object.assign(this.global.__stryker__, { activeMutant: id, hitCount: 0, hitLimit: MOST_HITS });
    if (id === undefined) delete this.global.process.env.__STRYKER_ACTIVE_MUTANT__;
    else this.global.process.env.__STRYKER_ACTIVE_MUTANT__ = id;
  }

  #begin({ mutant: id }) {
    this.#write({ id, started: true });
    this.#failure = undefined;
    this.#setMutant(id);
  }

  #end(block) {
    const { mutant: id, again, root } = block;
    const isMet = this.global.__stryker__.hitCount > 0;
    this.#setMutant(undefined);
    if (this.#failure === undefined) {
      const tests = [...testsOf(block)].length;
      this.#write({ id, became: isMet ? 'survived' : 'unsure', tests });
    } else again.children = copyOf([this.#failure.test.original], again.name, root).children;
    for (const child of again.children) child.parent = again;
  }

  #endAgain({ again: id, children }) {
    if (children.length === 0) return;
    const { by, waited, isLeft } = this.#failure;
    this.#write({ id, became: isLeft ? 'unsure' : waited ? 'timed out' : 'killed', by });
    if (isLeft) process.exit(0);
  }

  #fail(test) {
    if (this.#failure !== undefined) {
      this.#failure.isLeft = true;
      return;
    }
    const words = test.errors.flat().map((error) => String(error?.message ?? error));
    const waited = words.some((word) => /^Exceeded timeout|Hit count limit/.test(word));
    const by = nameOf(test.original).replace('.test.ts ', '.test.ts: ');
    this.#failure = { test, by, waited };
    let top = test;
    while (top.mutant === undefined) top = top.parent;
    for (const other of testsOf(top)) other.mode = 'skip';
  }

  handleTestEvent({ name, describeBlock, test }, state) {
    if (name === 'run_start') this.#plan(state.rootDescribeBlock);
    else if (name === 'run_describe_start' && describeBlock.mutant !== undefined) this.#begin(describeBlock);
    else if (name === 'run_describe_finish' && describeBlock.mutant !== undefined) this.#end(describeBlock);
    else if (name === 'run_describe_finish' && describeBlock.again !== undefined && describeBlock.mutant === undefined)
      this.#endAgain(describeBlock);
    else if (name === 'test_done' && test.errors.length > 0) this.#fail(test);
    // Of the copies nothing is reported.
    else if (name === 'run_finish') process.exit(0);
  }
};
