#include "child_process.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <limits>

#ifdef SYSVMQ_COVERAGE
extern "C" void __gcov_dump();
#endif

namespace sysvmq {

namespace {

constexpr uid_t kNobody = 65534;

bool GiveUpCapabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return syscall(SYS_capset, &header, none) == 0;
}

bool BecomeNobody() {
  return setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0;
}

}  // namespace

void InChildProcess(const std::function<void()>& body) {
  fflush(nullptr);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    body();
    fflush(nullptr);
#ifdef SYSVMQ_COVERAGE
    __gcov_dump();
#endif
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "the forked process failed; what it says is above";
}

void WithoutCapabilities(const std::function<void()>& body) {
  InChildProcess([&body] {
    ASSERT_TRUE(GiveUpCapabilities());
    body();
  });
}

void AsNobody(const std::function<void()>& body) {
  InChildProcess([&body] {
    ASSERT_TRUE(BecomeNobody());
    body();
  });
}

bool CanBecomeNobody() {
  std::ifstream map("/proc/self/uid_map");
  int64_t inside = 0;
  int64_t outside = 0;
  int64_t count = 0;
  map >> inside >> outside >> count;
  return geteuid() == 0 && count == std::numeric_limits<uint32_t>::max();
}

NoMoreThreads::NoMoreThreads() {
  EXPECT_EQ(getrlimit(RLIMIT_NPROC, &before_), 0);
  const rlimit none = {0, before_.rlim_max};
  EXPECT_EQ(setrlimit(RLIMIT_NPROC, &none), 0);
}

NoMoreThreads::~NoMoreThreads() { EXPECT_EQ(setrlimit(RLIMIT_NPROC, &before_), 0); }

}  // namespace sysvmq
