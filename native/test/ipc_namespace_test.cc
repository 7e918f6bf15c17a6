// An IPC namespace and the next one, which gets its inode.
#include "../core/ipc_namespace.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/shm.h>

#include <cerrno>

#include "child_process.h"

namespace sysvmq {

namespace {

constexpr key_t kKey = 0x5eed7778;

uint64_t Identity() {
  uint64_t mark = 0;
  EXPECT_EQ(IdentifyIpcNamespace(&mark), 0);
  return mark;
}

uint64_t Mark() {
  uint64_t mark = 0;
  EXPECT_EQ(ReadNamespaceMark(kKey, &mark), 0);
  return mark;
}

void RemoveSegment(key_t key) { EXPECT_EQ(shmctl(shmget(key, 0, 0), IPC_RMID, nullptr), 0); }

// `read` in this namespace, and in one that a child process makes.
void ExpectAnotherOneInANewNamespace(uint64_t (*read)()) {
  const uint64_t here = read();
  EXPECT_NE(here, 0u);
  EXPECT_EQ(read(), here);
  InChildProcess([&] { EXPECT_EQ(read(), here); });
  InChildProcess([&] {
    ASSERT_EQ(unshare(CLONE_NEWIPC), 0);
    EXPECT_NE(read(), here);
  });
  EXPECT_EQ(read(), here);
}

TEST(IpcNamespace, ANewOneHasAnotherIdentity) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "takes root, to make a namespace";
  ExpectAnotherOneInANewNamespace(Identity);
}

TEST(IpcNamespace, TheMarkOfOlderKernelsStaysAndIsNotInANewOne) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "takes root, to make a namespace";
  ExpectAnotherOneInANewNamespace(Mark);
  RemoveSegment(kKey);
}

TEST(IpcNamespace, ASegmentOfAnotherProgramIsNoMark) {
  const int id = shmget(kKey, 64, IPC_CREAT | IPC_EXCL | 0600);
  auto* memory = static_cast<uint32_t*>(shmat(id, nullptr, 0));
  *memory = 4711;
  shmdt(memory);
  uint64_t mark = 0;
  EXPECT_EQ(ReadNamespaceMark(kKey, &mark), -EEXIST);
  RemoveSegment(kKey);
}

}  // namespace

}  // namespace sysvmq
