/** What msgctl reads of queues in memory, in the fields of the native boundary. */

import { IPC_INFO, IPC_STAT, MSG_INFO, MSG_STAT, MSG_STAT_ANY } from '../../core/constants';
import { EINVAL } from '../../core/errno';
import { InfoField, StatusField } from '../calls';
import type { MemoryKernel, MemoryQueue } from './kernel';

const BYTES_PER_KIB = 1024;
/** Constants that Linux shows and does not use (include/uapi/linux/msg.h). */
const MSGMNI = 32000;
const MSGMNB = 16384;
const MSGSSZ = 16;
const MSGSEG = 0xffff;

/** msgctl with IPC_STAT, MSG_STAT or MSG_STAT_ANY. */
export function readStatusInto(fields: Float64Array, kernel: MemoryKernel, idOrIndex: number, command: number): number {
  const byIndex = command === MSG_STAT || command === MSG_STAT_ANY;
  if (!byIndex && command !== IPC_STAT) return EINVAL;
  const queue = byIndex ? kernel.atIndex(idOrIndex) : kernel.find(idOrIndex);
  if (queue === undefined) return EINVAL;
  writeStatus(fields, queue);
  return byIndex ? queue.id : 0;
}

function writeStatus(fields: Float64Array, queue: MemoryQueue): void {
  fields[StatusField.key] = queue.key;
  fields[StatusField.uid] = queue.uid;
  fields[StatusField.gid] = queue.gid;
  fields[StatusField.creatorUid] = queue.creatorUid;
  fields[StatusField.creatorGid] = queue.creatorGid;
  fields[StatusField.mode] = queue.mode;
  fields[StatusField.sequence] = queue.sequence;
  fields[StatusField.sendTime] = queue.sendTime;
  fields[StatusField.receiveTime] = queue.receiveTime;
  fields[StatusField.changeTime] = queue.changeTime;
  fields[StatusField.bytes] = queue.usedBytes;
  fields[StatusField.messages] = queue.messages.length;
  fields[StatusField.maxBytes] = queue.maxBytes;
  fields[StatusField.maxBytesLow] = queue.maxBytes;
  fields[StatusField.maxBytesHigh] = 0;
  fields[StatusField.lastSender] = queue.lastSender;
  fields[StatusField.lastReceiver] = queue.lastReceiver;
}

/** msgctl with IPC_INFO or MSG_INFO. */
export function readInfoInto(fields: Float64Array, kernel: MemoryKernel, command: number): number {
  if (command !== IPC_INFO && command !== MSG_INFO) return EINVAL;
  const { all, limits } = kernel;
  const counts = command === MSG_INFO;
  const messages = all.reduce((sum, queue) => sum + queue.messages.length, 0);
  const bytes = all.reduce((sum, queue) => sum + queue.usedBytes, 0);
  fields[InfoField.pool] = counts ? all.length : (MSGMNI * MSGMNB) / BYTES_PER_KIB;
  fields[InfoField.map] = counts ? messages : MSGMNB;
  fields[InfoField.max] = limits.msgmax;
  fields[InfoField.mnb] = limits.msgmnb;
  fields[InfoField.mni] = limits.msgmni;
  fields[InfoField.segmentSize] = MSGSSZ;
  fields[InfoField.tql] = counts ? bytes : MSGMNB;
  fields[InfoField.segments] = MSGSEG;
  return kernel.highestIndex;
}
