/**
 * Places without message queues: requiring the library works, isSupported() says no, and the first call says why.
 *
 * The seccomp filters are real. macOS and Windows are not: there a program sees another `process.platform` and
 * `process.arch` before it loads the library, and finds no addon for them, as it would there.
 */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { getLimits, isSupported, listQueues, MessageQueue } from '../../lib/index';
import { compileC } from '../support/c-program';
import { type ChildContext, inChild, nobody } from '../support/child';
import { itNeeds, otherUsers, program } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';

const root = join(__dirname, '..', '..');

interface Outcome {
  supported: boolean;
  name: string;
  code: string;
  message: string;
}

/** What a program gets that believes to be on this platform. */
function outcomeOn(platform: string, arch: string, call = 'sysvmq.getLimits()'): Outcome {
  const code = `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    Object.defineProperty(process, 'arch', { value: '${arch}' });
    const sysvmq = require(${JSON.stringify(root)});
    const supported = sysvmq.isSupported();
    let failure = {};
    try { ${call} } catch ({ name, code, message }) { failure = { name, code, message }; }
    console.log(JSON.stringify({ supported, ...failure }));`;
  const env = { ...process.env, SYSVMQ_BUILD_DIR: 'no-such-build' };
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { env, encoding: 'utf8' }));
}

describe('isSupported', () => {
  it('is true here', () => {
    expect(isSupported()).toBe(true);
  });

  it('creates no queue, and neither sends nor takes a message', () => {
    const queue = newQueue();
    queue.trySend('still here');
    const before = { queues: listQueues(), highestIndex: getLimits().highestIndex };

    expect(isSupported()).toBe(true);

    expect({ queues: listQueues(), highestIndex: getLimits().highestIndex }).toEqual(before);
  });

  itNeeds(
    slow(otherUsers),
    'is true where a queue has the key that it asks for, and this process may not use it',
    async () => {
      const queue = MessageQueue.create(1, { mode: 0 });
      try {
        expect(await inChild(({ sysvmq }: ChildContext) => sysvmq.isSupported(), undefined, { user: nobody })).toBe(
          true,
        );
        expect(queue.stat()).toMatchObject({ lastSenderPid: 0, lastReceiverPid: 0 });
      } finally {
        queue.remove();
      }
    },
  );

  for (const refusal of ['ENOSYS', 'EPERM']) {
    itNeeds(slow(program('gcc')), `is false where a seccomp filter refuses msgget with ${refusal}`, async () => {
      const ask = ({ sysvmq }: ChildContext) => sysvmq.isSupported();
      expect(await inChild(ask, undefined, { prefix: [compileC('refuse-call.c'), 'msgget', refusal] })).toBe(false);
    });
  }
});

describe.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
])('on %s', (platform, arch) => {
  itSlow('the library can be required, and isSupported() is false', () => {
    expect(outcomeOn(platform, arch).supported).toBe(false);
  });

  itSlow('the first call says what was looked for, that it takes Linux, and what to do', () => {
    const { name, code, message } = outcomeOn(platform, arch, 'sysvmq.MessageQueue.openOrCreate(5)');
    expect({ name, code }).toEqual({ name: 'NativeLoadError', code: 'ERR_NATIVE_LOAD' });
    expect(message).toContain(`${platform}-${arch}`);
    expect(message).toContain('supported on Linux only');
    expect(message).toMatch(/what to do: .*container.*WSL 2;\s+a program can check isSupported\(\) first/);
  });

  itSlow('functions that do not call the kernel work, and bad arguments are refused as usual', () => {
    const { name, code } = outcomeOn(platform, arch, 'sysvmq.codecs.utf8.encode("x"); sysvmq.MessageQueue.open(1.5)');
    expect({ name, code }).toEqual({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  });
});

itSlow('on a Linux that has no binary in the package the first call says how to build one', () => {
  const { supported, message } = outcomeOn('linux', 'riscv64');
  expect(supported).toBe(false);
  expect(message).toContain('linux-riscv64');
  expect(message).toContain('npx node-gyp rebuild');
});
