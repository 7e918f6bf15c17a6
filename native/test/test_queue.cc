#include "test_queue.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

namespace sysvmq {

namespace {

std::string LimitFile(const char* name) { return std::string("/proc/sys/kernel/") + name; }

}  // namespace

Message::Message(int64_t type, std::string_view text) : words_(WordsFor(text.size())) {
  Buffer()->type = type;
  text.copy(Buffer()->Text(), text.size());
}

TestQueue::TestQueue(int mode) : id_(GetQueue(IPC_PRIVATE, IPC_CREAT | mode)) { EXPECT_GE(id_, 0) << strerror(-id_); }

msqid_ds TestQueue::Status() const {
  msqid_ds status = {};
  EXPECT_EQ(ReadStatus(id_, IPC_STAT, &status), 0);
  return status;
}

Result TestQueue::SendText(int64_t type, std::string_view text) const {
  return Send(id_, Message(type, text).Buffer(), text.size(), IPC_NOWAIT);
}

std::optional<std::string> TestQueue::ReceiveText(int64_t type, int flags) const {
  const size_t capacity = 8192;
  Message message(capacity);
  const Result length = Receive(id_, message.Buffer(), capacity, type, flags | IPC_NOWAIT);
  if (length < 0) return std::nullopt;
  return message.Text(static_cast<size_t>(length));
}

void TestQueue::SetMaxBytes(uint64_t max_bytes) const {
  const ipc_perm now = Status().msg_perm;
  EXPECT_EQ(SetStatus(id_, now.uid, now.gid, now.mode, max_bytes), 0);
}

void TestQueue::SetMode(mode_t mode) const {
  const msqid_ds now = Status();
  EXPECT_EQ(SetStatus(id_, now.msg_perm.uid, now.msg_perm.gid, mode, now.msg_qbytes), 0);
}

void TestQueue::FillButFor(size_t room) const {
  const size_t max_bytes = 64;
  SetMaxBytes(max_bytes);
  EXPECT_EQ(SendText(1, std::string(max_bytes - room, 'f')), 0);
}

key_t FreshKey() {
  static key_t last = 0x5eed0000;
  do last++;
  while (GetQueue(last, 0) != -ENOENT);
  return last;
}

std::vector<int> QueueIds() {
  std::ifstream file("/proc/sysvipc/msg");
  EXPECT_TRUE(file) << "/proc/sysvipc/msg";
  std::vector<int> ids;
  const auto skip_line = [&file] { file.ignore(std::numeric_limits<std::streamsize>::max(), '\n'); };
  skip_line();
  for (int key = 0, id = 0; file >> key >> id; skip_line()) ids.push_back(id);
  return ids;
}

int ReadLimit(const char* name) {
  int value = -1;
  std::ifstream(LimitFile(name)) >> value;
  return value;
}

ChangedLimit::ChangedLimit(const char* name, int value) : file_(LimitFile(name)), before_(ReadLimit(name)) {
  std::ofstream(file_) << value << std::flush;
  EXPECT_EQ(ReadLimit(name), value) << file_;
}

ChangedLimit::~ChangedLimit() { std::ofstream(file_) << before_ << std::flush; }

}  // namespace sysvmq
