// What it costs to have the library.

const group = 'Loading';
const program = (id, name, script, contender = id) => ({ id, name, contender, script });

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
    targets: [{ run: 'sysvmq', atMost: 5 }],
  },
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
