/**
 * System V message queues for Node.js.
 *
 * `MessageQueue` is a handle of a queue; getLimits and its neighbors are about the kernel's limits; the error classes
 * say which limit was hit and what to do. The system calls as they are, with C's names, come from here too, and alone
 * from `sysvmq/syscalls`.
 */

import { QueueConsumer } from './consume/consumer';
import { provideConsumers } from './queue/consumers';

export type {
  AnyCodec,
  AnyStruct,
  CodecsByType,
  CodecValue,
  JsonOptions,
  MessageByType,
  OtherType,
  SchemaFailure,
  SchemaIssue,
  SchemaOutput,
  SchemaPathSegment,
  SchemaResult,
  SchemaSuccess,
  SchemaTypes,
  StandardSchema,
  StandardSchemaProperties,
  StructCodec,
  StructField,
  StructFields,
  StructFieldValue,
  StructNumber,
  StructOptions,
  StructValue,
  StructWideInteger,
  TypedMessage,
  TypeOfKey,
  TypesOnly,
  ValueByType,
} from '../types/codecs';
export type {
  AirlockInfo,
  ConsumeHandler,
  ConsumeJob,
  ConsumeOptions,
  Consumer,
  ConsumerEvents,
  ConsumerStats,
  DeadLetter,
  DeadLetterReason,
  InspectOptions,
} from '../types/consume';
export type {
  CodedError,
  ConsumeEvent,
  ErrorEvent,
  ReceiveEvent,
  RecoverEvent,
  SendEvent,
  UndeliveredEvent,
  WaitEvent,
} from '../types/diagnostics';
export type {
  LimitChanges,
  LimitDescription,
  LimitField,
  LimitName,
  Limits,
  PersistOptions,
  SettableLimits,
  Usage,
  UsageShare,
} from '../types/limits';
export type { PhpOptions } from '../types/php';
export type {
  AttachOptions,
  Bytes,
  Codec,
  CreateOptions,
  Drained,
  DrainOptions,
  MessageFromLine,
  MessagesOptions,
  MessageToSend,
  OnDecodeError,
  OnUndecodable,
  OpenOptions,
  QueueChange,
  QueueStatus,
  ReceiveInto,
  ReceiveManyOptions,
  ReceiveOptions,
  ReceiveSyncOptions,
  ReceiveSyncWait,
  Select,
  SelectExcept,
  SelectLength,
  SelectMany,
  SelectType,
  SelectUpTo,
  SendAsyncOptions,
  Sendable,
  SendOptions,
  SendSyncOptions,
  TryReceiveOptions,
  WaitForMessageOptions,
  WaitOptions,
  WritableQueueOptions,
} from '../types/queue';
export type {
  Doubt,
  FailedRemoval,
  LastUser,
  QueueVerdict,
  QueueWaiter,
  RemovedStaleQueues,
  RemoveStaleOptions,
  StaleOptions,
} from '../types/stale-queues';
export type { QueueSample, WatchOptions } from '../types/watch-queue';
export { drainTo } from './admin/drain';
export { formatMessageLine, parseMessageLine } from './admin/message-lines';
export { findStaleQueues, judgeQueues, removeStaleQueues } from './admin/stale-queues';
export { watchQueue } from './admin/watch';
export { codecs } from './codecs';
export { listConsumers } from './consume/inspect';
export {
  AbortError,
  BufferTooSmallError,
  DecodeError,
  DrainError,
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
  RemoteError,
  TimeoutError,
  UnsupportedError,
} from './core/errors';
export { Message } from './core/message';
export { isSupported } from './kernel/is-supported';
export { describeLimits, getLimits, getUsage, readProcLimits } from './kernel/limits';
export { listQueues } from './kernel/queues';
export { persistLimits, setLimits } from './kernel/set-limits';
export { MessageQueue } from './queue/message-queue';
export type { IncomingRequest } from './request-reply/incoming-request';
export { RequestClient } from './request-reply/request-client';
export type {
  RequestClientOptions,
  RequestOptions,
  RequestServerOptions,
  ServeType,
  ServeUpTo,
} from './request-reply/request-options';
export { type RequestHandler, RequestServer } from './request-reply/request-server';
export type { RequestClientStats, RequestServerStats } from './request-reply/request-stats';
export * from './syscalls';
export type { MessageReadable, MessageStreamIterator, MessageWritable } from './waiting/message-streams';

provideConsumers((handle, handler, options) => new QueueConsumer(handle, handler, options));
