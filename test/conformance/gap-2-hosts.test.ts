/** Hosts that refuse the calls, and 32-bit peers. Rows GAP-66 and GAP-67 of the conformance catalogue. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IPC_NOWAIT, IPC_STAT, msgctl, msgsnd } from '../../lib/index';
import { compileC } from '../support/c-program';
import { type ChildContext, inChild } from '../support/child';
import { itNeeds, program } from '../support/needs';
import { newQueueId } from '../support/queues';

itNeeds(program('gcc'), 'GAP-66 a seccomp filter that refuses msgget is heard with its own errno', async () => {
  const refuse = compileC('refuse-msgget.c');
  const create = ({ sysvmq, failure }: ChildContext) => failure(() => sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600));
  const asUnknown = await inChild(create, undefined, { prefix: [refuse, 'ENOSYS'] });
  const asForbidden = await inChild(create, undefined, { prefix: [refuse, 'EPERM'] });
  expect(asUnknown).toMatchObject({ name: 'UnsupportedError', code: 'ENOSYS', errno: -38, syscall: 'msgget' });
  expect(asForbidden).toMatchObject({ name: 'QueueAccessError', code: 'EPERM', errno: -1, syscall: 'msgget' });
});

function runs32BitPrograms(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'sysvmq-32-bit-'));
  try {
    const executable = join(directory, 'nothing');
    const options = { input: 'int main(void) { return 0; }', stdio: 'pipe' } as const;
    execFileSync('gcc', ['-m32', '-x', 'c', '-o', executable, '-'], options);
    execFileSync(executable);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

itNeeds(
  {
    met: process.arch === 'x64' && runs32BitPrograms(),
    reason: 'gcc -m32 makes no program that runs here (Debian package gcc-12-multilib, or of another version of gcc)',
  },
  'GAP-67 a 32-bit receiver sees the low half of a type, and selects by the whole of it',
  () => {
    const id = newQueueId();
    // Debian's gcc-multilib links asm/ there; it cannot be installed beside a cross compiler, gcc-12-multilib can.
    const kernelHeaders = ['-idirafter', '/usr/include/x86_64-linux-gnu'];
    const receiveTypes = compileC('receive-types.c', ['-m32', ...kernelHeaders]);
    const receive = (...args: string[]) =>
      execFileSync(receiveTypes, [String(id), ...args], { encoding: 'utf8' })
        .trim()
        .split('\n');
    for (const mtype of [0x100000005, 0x80000000, 0x100000000]) msgsnd(id, { mtype, mtext: 'wide' }, IPC_NOWAIT);
    expect(receive('5')).toEqual(['ENOMSG']);
    expect(msgctl(id, IPC_STAT).msg_qnum).toBe(3);
    expect(receive()).toEqual(['5', '-2147483648', '0', 'ENOMSG']);
  },
);
