/** errno values and their names. */

import { constants } from 'node:os';

// util.getSystemErrorName knows only libuv's errors, which lack ENOMSG and EIDRM. os.constants has the numbers of this
// architecture. When two names share a number (EAGAIN and EWOULDBLOCK, ENOTSUP and EOPNOTSUPP), the first one counts.
const namesByErrno = new Map<number, string>();
for (const [name, errno] of Object.entries(constants.errno)) {
  if (!namesByErrno.has(errno)) namesByErrno.set(errno, name);
}

/** 'EAGAIN' for -11 (native results are negative, as Node's own `errno` properties are). */
export function errnoName(result: number): string {
  return namesByErrno.get(-result) ?? `E${-result}`;
}

// The native calls' results for these, so that callers compare without a name.
export const E2BIG = -constants.errno.E2BIG;
export const EACCES = -constants.errno.EACCES;
export const EAGAIN = -constants.errno.EAGAIN;
export const ECANCELED = -constants.errno.ECANCELED;
export const EEXIST = -constants.errno.EEXIST;
export const EFAULT = -constants.errno.EFAULT;
export const EIDRM = -constants.errno.EIDRM;
export const EINTR = -constants.errno.EINTR;
export const EINVAL = -constants.errno.EINVAL;
export const ENOBUFS = -constants.errno.ENOBUFS;
export const ENOENT = -constants.errno.ENOENT;
export const ENOMEM = -constants.errno.ENOMEM;
export const ENOMSG = -constants.errno.ENOMSG;
export const ENOSPC = -constants.errno.ENOSPC;
export const ENOSYS = -constants.errno.ENOSYS;
export const EPERM = -constants.errno.EPERM;
export const ETIMEDOUT = -constants.errno.ETIMEDOUT;
