/** Errors of calls that the kernel hardly ever makes: out of memory, and errnos that no page names. */

import { ENOMEM } from '../../lib/core/errno';
import { MessageQueueError } from '../../lib/index';
import { errorFromErrno } from '../../lib/kernel/error-from-errno';

it('out of memory names the call', () => {
  const error = errorFromErrno('msgsnd', ENOMEM, { queueId: 5, messageType: 3 });
  expect(error).toBeInstanceOf(MessageQueueError);
  expect(error.message).toBe('There is not enough memory for msgsnd.');
  expect(error).toMatchObject({ code: 'ENOMEM', errno: -12, syscall: 'msgsnd', queueId: 5, messageType: 3 });
});

it.each([
  [-5, 'EIO'],
  [-4095, 'E4095'],
])('errno %d is the plain class with the code %s', (errno, code) => {
  const error = errorFromErrno('msgctl', errno, { queueId: 5 });
  expect(error.constructor).toBe(MessageQueueError);
  expect(error).toMatchObject({ code, errno, syscall: 'msgctl', message: `msgctl failed with ${code}.` });
});
