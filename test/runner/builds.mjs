// The two ways to build the addon.

/** `tests` are those that a run without --build runs against it: all, or what depends on how the addon was built. */
export const BUILDS = {
  'node-gyp': { directory: 'build', scripts: ['build:native'], tests: [''] },
  'cmake-js': {
    directory: 'build-cmake',
    scripts: ['build:cmake'],
    tests: [
      // The binary: what it exports and needs, memory, threads, the end of processes.
      'test/package/',
      'test/process/',
      'test/hostile/buffers',
      'test/waiting/threads',
      'test/waiting/process-ends',
      'test/waiting/worker-ends',
      // A core set: every system call, errors, limits, selection, waiting.
      'test/unit/ftok',
      'test/kernel/facts',
      'test/kernel/errors-messages',
      'test/conformance/posix-',
      'test/properties/round-trip',
      'test/waiting/give-up-errors',
      'test/waiting/sync-timeouts',
    ],
  },
};
