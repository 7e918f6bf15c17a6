// What it costs to have the library.

const group = 'Loading';
const program = (id, name, script, contender = id) => ({ id, name, contender, script });

/** `atMost` in milliseconds over a program that loads nothing. */
function loadingTime(id, way, atMost, runs) {
  return {
    id: `${id}-processor-time`,
    group,
    title: `Loading the library by ${way}, processor time`,
    what: 'the processor time of all threads that a program takes to its end, over an empty one',
    kind: 'programs, processor time',
    roundsFactor: 2,
    unit: 'ms',
    per: 'program',
    reference: 'empty',
    compare: 'difference',
    runs,
    targets: [{ run: 'sysvmq', atMost }],
  };
}

export const loading = [
  {
    id: 'require',
    group,
    title: 'Loading the library',
    what: 'a program that does nothing but load the package, over an empty program',
    kind: 'programs',
    roundsFactor: 2,
    unit: 'ms',
    per: 'program',
    reference: 'empty',
    compare: 'difference',
    runs: [
      program('empty', 'empty program', '', 'sysvmq'),
      program('sysvmq', "const { MessageQueue } = require('sysvmq')", "const { MessageQueue } = require('..')"),
      program(
        'sysvmq-first-call',
        'the same, and a first call, which loads the addon',
        "const { MessageQueue } = require('..'); MessageQueue.exists(1)",
        'sysvmq',
      ),
      program('koffi', "require('koffi')", "require('koffi')"),
      program('svmq', "require('svmq')", "require('svmq')"),
      program('zeromq', "require('zeromq')", "require('zeromq')"),
    ],
  },
  loadingTime('require', 'require', 4, [
    program('empty', 'empty program', '', 'sysvmq'),
    program('sysvmq', "const { MessageQueue } = require('sysvmq')", "const { MessageQueue } = require('..')"),
  ]),
  loadingTime('import', 'import', 6, [
    { ...program('empty', 'empty module', '', 'sysvmq'), module: true },
    {
      ...program('sysvmq', "import { MessageQueue } from 'sysvmq'", "import { MessageQueue } from '../dist/index.js'"),
      module: true,
    },
  ]),
  {
    id: 'size',
    group,
    title: 'Size of the addon',
    what: 'bytes of build/Release/sysvmq.node',
    kind: 'files',
    unit: 'bytes',
    per: 'file',
    compare: 'none',
    runs: [{ id: 'sysvmq', name: 'sysvmq.node', contender: 'sysvmq', file: 'build/Release/sysvmq.node' }],
    targets: [{ run: 'sysvmq', atMost: 65_536 }],
  },
];
