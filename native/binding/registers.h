// The numbers that cross the boundary. lib/native/calls.ts has the same names in the same order, and a test compares
// the two through layout(), which addon.cc exports.
#pragma once

#include <cstddef>

namespace sysvmq {

// Arguments of a call, and what it says besides its result. 32-bit integers, of which two together hold what the kernel
// has in a long: the low half, and behind it the high one, whatever the processor's byte order is. TypeScript writes
// nothing that does not fit (lib/native/registers.ts); C++ checks what memory depends on.
enum Register : size_t {
  kId,            // msqid, or the index for MSG_STAT and MSG_STAT_ANY
  kKey,           // key_t
  kFlags,         // msgflg
  kCommand,       // cmd of msgctl
  kLength,        // msgsz: bytes to send, or the most to receive; of receiveBatch -1 for messages of any length
  kTypeLow,       // mtype or msgtyp; after msgrcv the message's type
  kTypeHigh,      //
  kWaitMs,        // the most that a blocking call waits before it comes back with -ETIMEDOUT; -1 for no bound
  kTries,         // with IPC_NOWAIT: how often msgrcv is tried, giving the processor away in between
  kUid,           // IPC_SET: uid_t, which is unsigned; so is gid_t
  kGid,           //
  kMode,          //
  kMaxBytesLow,   // msg_qbytes, an unsigned long
  kMaxBytesHigh,  //
  kMailbox,       // the number of a mailbox
  kReferenced,    // whether a mailbox is to keep the event loop alive: 1 or 0
  kSlot,          // the number of a subscription or a sender in its mailbox
  kToken,         // what its events are told apart by
  kResult,        // the result that an event is about
  kCount,         // messages in a batch
  kBatchEnd,      // why a batch went no further: 0 or -errno
  kOffset,        // where in the arena a message is to arrive: a multiple of eight
  kSlab,          // which slab is in use: a number that changes with it
  kArena,         // which arena is
  kAirlock,       // the number of an airlock
  kAirlockSlot,   // a slot of it
  kAttempts,      // how often the work of its message was begun
  kCapacity,      // bytes of text that a slot of an airlock holds
  kRegisterCount,
};

inline constexpr const char* kRegisterNames[] = {
    "id",      "key",        "flags", "command", "length",      "typeLow",     "typeHigh",
    "waitMs",  "tries",      "uid",   "gid",     "mode",        "maxBytesLow", "maxBytesHigh",
    "mailbox", "referenced", "slot",  "token",   "result",      "count",       "batchEnd",
    "offset",  "slab",       "arena", "airlock", "airlockSlot", "attempts",    "capacity",
};
static_assert(sizeof(kRegisterNames) / sizeof(kRegisterNames[0]) == kRegisterCount);

// What IPC_STAT, MSG_STAT and MSG_STAT_ANY fill. Doubles, because the kernel's are 64 bits wide. msg_qbytes is there in
// two halves, too: a privileged process may have set one that a double would round, and IPC_SET must not change it.
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

// What IPC_INFO and MSG_INFO fill, in the same array of doubles.
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

// What describeAirlock fills.
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
  kAirlockFieldCount,
};

inline constexpr const char* kAirlockFieldNames[] = {
    "slots", "capacity", "bytes", "instanceLow", "instanceHigh", "queueId", "owner", "ownerLives", "damaged", "free",
};
static_assert(sizeof(kAirlockFieldNames) / sizeof(kAirlockFieldNames[0]) == kAirlockFieldCount);

// What takeIntoAirlock and readAirlock fill; noteInAirlock reads notBefore.
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

inline constexpr size_t kFieldCount = kStatusFieldCount;
static_assert(kAirlockFieldCount <= kFieldCount);
static_assert(kInHandFieldCount <= kFieldCount);
static_assert(kInfoFieldCount <= kFieldCount);

}  // namespace sysvmq
