/**
 * System V message queues for Node.js.
 *
 * `MessageQueue` is a handle of a queue. getLimits and related functions read and set the kernel's limits. The error
 * classes name the limit that was reached and the remedy. The system calls under C's names are exported here, too, and
 * on their own from `sysvmq/syscalls`.
 */

import { lazy } from './core/lazy';
import { provideConsumers } from './queue/consumers';

export type { Drained, DrainOptions } from './admin/drain';
export { drainTo } from './admin/drain';
export type { MessageFromLine } from './admin/message-lines';
export { formatMessageLine, parseMessageLine } from './admin/message-lines';
export type { LastUser, QueueWaiter } from './admin/processes';
export type { QueueSample } from './admin/sample';
export type {
  FailedRemoval,
  QueueVerdict,
  RemovedStaleQueues,
  RemoveStaleOptions,
  StaleOptions,
} from './admin/stale-queues';
export { findStaleQueues, judgeQueues, removeStaleQueues } from './admin/stale-queues';
export type { Doubt } from './admin/stale-reasons';
export type { WatchOptions } from './admin/watch';
export { watchQueue } from './admin/watch';
export { codecs } from './codecs';
export type {
  CodecsByType,
  MessageByType,
  OtherType,
  TypedMessage,
  TypeOfKey,
  TypesOnly,
  ValueByType,
} from './codecs/by-type';
export type { AnyCodec, Bytes, Codec, CodecValue, Sendable } from './codecs/codec';
export type { PhpOptions } from './codecs/php-options';
export type {
  JsonOptions,
  SchemaFailure,
  SchemaOutput,
  SchemaResult,
  SchemaSuccess,
  SchemaTypes,
  StandardSchema,
  StandardSchemaProperties,
} from './codecs/schema';
export type {
  AnyStruct,
  StructCodec,
  StructField,
  StructFields,
  StructFieldValue,
  StructNumber,
  StructOptions,
  StructValue,
  StructWideInteger,
} from './codecs/struct-fields';
export type { AirlockInfo, InspectOptions } from './consume/inspect';
export { listConsumers } from './consume/inspect';
export type {
  CodedError,
  ConsumeEvent,
  ErrorEvent,
  ReceiveEvent,
  RecoverEvent,
  SendEvent,
  UndeliveredEvent,
  WaitEvent,
} from './core/diagnostics';
export type { SchemaIssue, SchemaPathSegment } from './core/errors';
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
export type { LimitDescription, LimitField, LimitName } from './core/limit-table';
export { Message } from './core/message';
export { isSupported } from './kernel/is-supported';
export type { Limits, SettableLimits, Usage, UsageShare } from './kernel/limits';
export { describeLimits, getLimits, getUsage, readProcLimits } from './kernel/limits';
export type { QueueChange, QueueStatus } from './kernel/queues';
export { listQueues } from './kernel/queues';
export type { LimitChanges, PersistOptions } from './kernel/set-limits';
export { persistLimits, setLimits } from './kernel/set-limits';
export type { AttachOptions, CreateOptions, OpenOptions } from './messages/handle-options';
export type { OnDecodeError, OnUndecodable } from './messages/on-decode-error';
export type {
  MessagesOptions,
  ReceiveManyOptions,
  ReceiveOptions,
  ReceiveSyncOptions,
  ReceiveSyncWait,
  SelectMany,
  TryReceiveOptions,
  WaitForMessageOptions,
} from './messages/receive-options';
export type { ReceiveInto, Select, SelectExcept, SelectLength, SelectType, SelectUpTo } from './messages/selector';
export type {
  MessageToSend,
  SendAsyncOptions,
  SendOptions,
  SendSyncOptions,
  WritableQueueOptions,
} from './messages/send-options';
export type { WaitOptions } from './messages/wait-options';
export type {
  ConsumeHandler,
  ConsumeJob,
  ConsumeOptions,
  Consumer,
  ConsumerEvents,
  ConsumerStats,
  DeadLetter,
  DeadLetterReason,
} from './queue/consumers';
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

const consuming = lazy(() => require('./consume/consumer') as typeof import('./consume/consumer'));
provideConsumers((handle, handler, options) => new (consuming().QueueConsumer)(handle, handler, options));
