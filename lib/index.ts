/**
 * System V message queues for Node.js.
 *
 * `MessageQueue` is a handle of a queue; getLimits and its neighbours are about the kernel's limits; the error classes
 * say which limit was hit and what to do. The system calls as they are, with C's names, come from here too, and alone
 * from `sysvmq/syscalls`.
 */

export type {
  LimitDescription,
  LimitField,
  LimitName,
  Limits,
  PersistOptions,
  SettableLimits,
  Usage,
  UsageShare,
} from '../types/limits';
export type {
  AttachOptions,
  Bytes,
  Codec,
  CreateOptions,
  MessagesOptions,
  MessageToSend,
  OpenOptions,
  QueueChange,
  QueueStatus,
  ReceiveManyOptions,
  ReceiveOptions,
  ReceiveSyncOptions,
  Select,
  SelectMany,
  SendAsyncOptions,
  Sendable,
  SendOptions,
  SendSyncOptions,
  WaitOptions,
  WritableQueueOptions,
} from '../types/queue';
export { codecs } from './codecs';
export {
  AbortError,
  BufferTooSmallError,
  DecodeError,
  InterruptedError,
  isMessageQueueError,
  LimitError,
  MessageQueueError,
  MessageTooLargeError,
  NativeLoadError,
  NoMessageError,
  QueueAccessError,
  QueueBytesLimitError,
  QueueClosedError,
  QueueCountLimitError,
  QueueExistsError,
  QueueFullError,
  QueueNotFoundError,
  type QueueOwner,
  QueueRemovedError,
  type ReachedLimit,
  TimeoutError,
  UnsupportedError,
} from './error-classes';
export { isSupported } from './is-supported';
export { describeLimits, getLimits, getUsage, readProcLimits } from './limits';
export { Message } from './message';
export { MessageQueue } from './message-queue';
export { listQueues } from './queue-status';
export { persistLimits, setLimits } from './set-limits';
export * from './syscalls';
