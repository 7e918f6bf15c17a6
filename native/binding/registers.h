// The numbers that cross the boundary. lib/native/calls.ts has the same names in the same order, and a test compares
// the two through layout(), which addon.cc exports.
#pragma once

#include <cstddef>

namespace sysvmq {

// Arguments of a call, and what it says besides its result. 32-bit integers.
enum Register : size_t {
  kId,        // msqid, or the index for MSG_STAT and MSG_STAT_ANY
  kKey,       // key_t
  kFlags,     // msgflg
  kCommand,   // cmd of msgctl
  kLength,    // msgsz: bytes to send, or the most to receive
  kTypeLow,   // the low 32 bits of mtype or msgtyp; after msgrcv those of the message's type
  kTypeHigh,  // the high 32 bits
  kWaitMs,    // the most that a blocking call waits before it comes back with -ETIMEDOUT; -1 for no bound.
              // With IPC_NOWAIT: how often msgrcv is tried, at least once, giving the processor away in between
  kUid,       // IPC_SET
  kGid,
  kMode,
  kMaxBytes,  // msg_qbytes
  kMailbox,   // the number of a mailbox
  kSlot,      // the number of a subscription or a sender in its mailbox
  kToken,     // what its events are told apart by
  kResult,    // the result that an event is about, or what ended a batch
  kCount,     // messages in a batch
  kOffset,    // where in the arena a message is to arrive: a multiple of eight
  kSlab,      // which slab is in use: a number that changes with it
  kArena,     // which arena is
  kRegisterCount,
};

inline constexpr const char* kRegisterNames[] = {
    "id",   "key",      "flags",   "command", "length", "typeLow", "typeHigh", "waitMs", "uid",  "gid",
    "mode", "maxBytes", "mailbox", "slot",    "token",  "result",  "count",    "offset", "slab", "arena",
};
static_assert(sizeof(kRegisterNames) / sizeof(kRegisterNames[0]) == kRegisterCount);

// What IPC_STAT, MSG_STAT and MSG_STAT_ANY fill. Doubles, because the kernel's are 64 bits wide.
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
  kStatusLastSender,
  kStatusLastReceiver,
  kStatusFieldCount,
};

inline constexpr const char* kStatusFieldNames[] = {
    "key",         "uid",        "gid",   "creatorUid", "creatorGid", "mode",       "sequence",     "sendTime",
    "receiveTime", "changeTime", "bytes", "messages",   "maxBytes",   "lastSender", "lastReceiver",
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

inline constexpr size_t kFieldCount = kStatusFieldCount;
static_assert(kInfoFieldCount <= kFieldCount);

}  // namespace sysvmq
