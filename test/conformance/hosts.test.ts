/** Hosts that refuse the calls, and 32-bit peers. Rows GAP-66 and GAP-67 of the conformance catalogue. */

import { execFileSync } from 'node:child_process';
import { IPC_NOWAIT, IPC_STAT, msgctl, msgsnd } from '../../lib/index';
import { compileC, programs32Bit } from '../support/c-program';
import { type ChildContext, inChild } from '../support/child';
import { itNeeds, program } from '../support/needs';
import { newQueueId } from '../support/queues';
import { slow } from '../support/slow';

itNeeds(slow(program('gcc')), 'GAP-66 a seccomp filter that refuses msgget is heard with its own errno', async () => {
  const refuse = compileC('refuse-call.c');
  const create = ({ sysvmq, failure }: ChildContext) => failure(() => sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600));
  const asUnknown = await inChild(create, undefined, { prefix: [refuse, 'msgget', 'ENOSYS'] });
  const asForbidden = await inChild(create, undefined, { prefix: [refuse, 'msgget', 'EPERM'] });
  expect(asUnknown).toMatchObject({ name: 'UnsupportedError', code: 'ENOSYS', errno: -38, syscall: 'msgget' });
  expect(asForbidden).toMatchObject({ name: 'QueueAccessError', code: 'EPERM', errno: -1, syscall: 'msgget' });
});

itNeeds(programs32Bit(), 'GAP-67 a 32-bit receiver sees the low half of a type, and selects by the whole of it', () => {
  const id = newQueueId();
  const receiveTypes = compileC('receive-types.c', ['-m32']);
  const receive = (...args: string[]) =>
    execFileSync(receiveTypes, [String(id), ...args], { encoding: 'utf8' })
      .trim()
      .split('\n');
  for (const mtype of [0x100000005, 0x80000000, 0x100000000]) msgsnd(id, { mtype, mtext: 'wide' }, IPC_NOWAIT);
  expect(receive('5')).toEqual(['ENOMSG']);
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(3);
  expect(receive()).toEqual(['5', '-2147483648', '0', 'ENOMSG']);
});
