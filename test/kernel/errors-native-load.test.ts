import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { itSlow } from '../support/slow';

const packageRoot = join(__dirname, '..', '..');

/** What a program gets whose addon is looked for in this folder. */
function loadFrom(buildDir: string, call = 'sysvmq.getLimits()'): Record<string, unknown> {
  const program = `
    const sysvmq = require(${JSON.stringify(packageRoot)});
    try {
      ${call};
      console.log('{}');
    } catch (error) {
      console.log(JSON.stringify({
        name: error.name,
        code: error.code,
        message: error.message,
        keys: Object.keys(error),
        cause: String(error.cause),
        isInstance: [sysvmq.NativeLoadError, sysvmq.MessageQueueError, Error].map((of) => error instanceof of),
        isOurs: sysvmq.isMessageQueueError(error),
      }));
    }`;
  const env = { ...process.env, SYSVMQ_BUILD_DIR: buildDir };
  return JSON.parse(execFileSync(process.execPath, ['-e', program], { env, encoding: 'utf8' }));
}

describe('NativeLoadError', () => {
  itSlow('is ERR_NATIVE_LOAD: there is no addon', () => {
    expect(loadFrom('no-such-build')).toMatchObject({
      name: 'NativeLoadError',
      code: 'ERR_NATIVE_LOAD',
      keys: ['code'],
      cause: expect.stringContaining('There is no '),
      isInstance: [true, true, true],
      isOurs: true,
    });
  });

  itSlow('says on which platform, what was tried and what to run', () => {
    const { message } = loadFrom('no-such-build') as { message: string };
    const lines = message.split('\n');

    expect(lines[0]).toBe('The native addon of sysvmq could not be loaded.');
    expect(lines[1]).toMatch(/^ {2}platform: {2}\S+, (glibc|musl), Node\.js v[\d.]+/);
    expect(lines[1]).toContain(`${process.platform}-${process.arch}`);
    expect(lines[1]).toContain(process.version);
    expect(lines.slice(2)).toEqual([
      '  tried:',
      `    ${packageRoot}/no-such-build/Release/sysvmq.node`,
      expect.stringMatching(/^ {2}what to do: /),
      expect.stringContaining('Or build it, which takes g++, make and python3:'),
      `      cd ${packageRoot} && npx node-gyp rebuild`,
    ]);
  });

  it('gives the reason for an addon that is there and does not load', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sysvmq-'));
    try {
      mkdirSync(join(folder, 'Release'));
      writeFileSync(join(folder, 'Release', 'sysvmq.node'), 'this is no shared object');

      const error = loadFrom(relative(packageRoot, folder));

      expect(error).toMatchObject({ name: 'NativeLoadError', code: 'ERR_NATIVE_LOAD', isInstance: [true, true, true] });
      expect(error['message']).toMatch(/^ {2}reason: {4}.*Release\/sysvmq\.node/m);
      expect(error['message']).toMatch(/what to do: the file is damaged: install the package again/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  itSlow('is thrown by the first call: importing the package works without the addon', () => {
    expect(loadFrom('no-such-build', 'sysvmq.MessageQueueError.name')).toEqual({});
  });

  itSlow('is thrown again by the next call', () => {
    const call = 'try { sysvmq.getLimits() } catch {} sysvmq.MessageQueue.createPrivate()';
    expect(loadFrom('no-such-build', call)).toMatchObject({ name: 'NativeLoadError', code: 'ERR_NATIVE_LOAD' });
  });
});
