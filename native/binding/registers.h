// The numbers that cross the boundary. lib/native/registers.ts, calls.ts and airlock.ts have the same names in the same
// order, and a test compares them through layout(), which addon.cc exports.
#pragma once

#include <cstddef>

namespace sysvmq {

// Arguments of a call, and its results besides the returned one. They are 32-bit integers. Two together hold a long of
// the kernel: first the low half, then the high one, whatever the processor's byte order. TypeScript writes only values
// that fit (lib/native/registers.ts); C++ checks the values that memory safety depends on.
enum Register : size_t {
  kId,            // msqid, or the index for MSG_STAT and MSG_STAT_ANY
  kKey,           // key_t
  kFlags,         // msgflg
  kCommand,       // cmd of msgctl
  kLength,        // msgsz: bytes to send, or the most to receive; -1 in receiveBatch: any length
  kTypeLow,       // mtype or msgtyp; after msgrcv the message's type
  kTypeHigh,      //
  kWaitMs,        // how long a blocking call waits before it returns -ETIMEDOUT; -1: no bound
  kTries,         // with IPC_NOWAIT: how often msgrcv is tried, yielding the processor in between
  kUid,           // IPC_SET: uid_t, which is unsigned; so is gid_t
  kGid,           //
  kMode,          //
  kMaxBytesLow,   // msg_qbytes, an unsigned long
  kMaxBytesHigh,  //
  kMailbox,       // the number of a mailbox
  kReferenced,    // whether a mailbox keeps the event loop alive: 1 or 0
  kSlot,          // the number of a subscription or a sender in its mailbox
  kToken,         // identifies the source of an event
  kResult,        // the result of an event
  kCount,         // messages in a batch
  kBatchEnd,      // why a batch went no further: 0 or -errno
  kSlab,          // which slab is in use: a number that changes with it
  kInbox,         // which inbox is in use, likewise
  kAirlock,       // the number of an airlock
  kAirlockSlot,   // a slot of the airlock
  kAttempts,      // how often the work of its message has begun
  kCapacity,      // bytes of text that a slot of an airlock holds
  kRegisterCount,
};

inline constexpr const char* kRegisterNames[] = {
    "id",     "key",   "flags",    "command",     "length",       "typeLow", "typeHigh",    "waitMs",   "tries",
    "uid",    "gid",   "mode",     "maxBytesLow", "maxBytesHigh", "mailbox", "referenced",  "slot",     "token",
    "result", "count", "batchEnd", "slab",        "inbox",        "airlock", "airlockSlot", "attempts", "capacity",
};
static_assert(sizeof(kRegisterNames) / sizeof(kRegisterNames[0]) == kRegisterCount);

// What IPC_STAT, MSG_STAT and MSG_STAT_ANY fill in. They are doubles, because the kernel's values are 64 bits wide.
// msg_qbytes is also there in two halves: a privileged process may have set a value that a double would round, and
// IPC_SET must not change it.
enum StatusField : size_t {
  kStatusKey,
  kStatusUid,
  kStatusGid,
  kStatusCreatorUid,
  kStatusCreatorGid,
  kStatusMode,
  kStatusSequence,
  kStatusSendTime,
  kStatusReceiveTime,
  kStatusChangeTime,
  kStatusBytes,
  kStatusMessages,
  kStatusMaxBytes,
  kStatusMaxBytesLow,
  kStatusMaxBytesHigh,
  kStatusLastSender,
  kStatusLastReceiver,
  kStatusFieldCount,
};

inline constexpr const char* kStatusFieldNames[] = {
    "key",      "uid",         "gid",          "creatorUid", "creatorGid",   "mode",
    "sequence", "sendTime",    "receiveTime",  "changeTime", "bytes",        "messages",
    "maxBytes", "maxBytesLow", "maxBytesHigh", "lastSender", "lastReceiver",
};
static_assert(sizeof(kStatusFieldNames) / sizeof(kStatusFieldNames[0]) == kStatusFieldCount);

// What IPC_INFO and MSG_INFO fill in, in the same array of doubles.
enum InfoField : size_t {
  kInfoPool,
  kInfoMap,
  kInfoMax,
  kInfoMnb,
  kInfoMni,
  kInfoSegmentSize,
  kInfoTql,
  kInfoSegments,
  kInfoFieldCount,
};

inline constexpr const char* kInfoFieldNames[] = {
    "pool", "map", "max", "mnb", "mni", "segmentSize", "tql", "segments",
};
static_assert(sizeof(kInfoFieldNames) / sizeof(kInfoFieldNames[0]) == kInfoFieldCount);

// What describeAirlock fills in.
enum AirlockField : size_t {
  kAirlockSlots,
  kAirlockCapacity,
  kAirlockBytes,
  kAirlockInstanceLow,
  kAirlockInstanceHigh,
  kAirlockQueueId,
  kAirlockOwner,
  kAirlockOwnerLives,
  kAirlockDamaged,
  kAirlockFree,
  kAirlockLinked,
  kAirlockFieldCount,
};

inline constexpr const char* kAirlockFieldNames[] = {
    "slots", "capacity",   "bytes",   "instanceLow", "instanceHigh", "queueId",
    "owner", "ownerLives", "damaged", "free",        "linked",
};
static_assert(sizeof(kAirlockFieldNames) / sizeof(kAirlockFieldNames[0]) == kAirlockFieldCount);

// What takeIntoAirlock and readAirlock fill in; noteInAirlock reads notBefore.
enum InHandField : size_t {
  kInHandSequence,
  kInHandAttempts,
  kInHandNotBefore,
  kInHandTakenAt,
  kInHandUncertain,
  kInHandFieldCount,
};

inline constexpr const char* kInHandFieldNames[] = {
    "sequence", "attempts", "notBefore", "takenAt", "uncertain",
};
static_assert(sizeof(kInHandFieldNames) / sizeof(kInHandFieldNames[0]) == kInHandFieldCount);

// What identifyNamespace fills in.
enum NamespaceField : size_t {
  kNamespaceMarkLow,
  kNamespaceMarkHigh,
  kNamespaceFieldCount,
};

inline constexpr const char* kNamespaceFieldNames[] = {"markLow", "markHigh"};
static_assert(sizeof(kNamespaceFieldNames) / sizeof(kNamespaceFieldNames[0]) == kNamespaceFieldCount);

inline constexpr size_t kFieldCount = kStatusFieldCount;
static_assert(kNamespaceFieldCount <= kFieldCount);
static_assert(kAirlockFieldCount <= kFieldCount);
static_assert(kInHandFieldCount <= kFieldCount);
static_assert(kInfoFieldCount <= kFieldCount);

}  // namespace sysvmq
