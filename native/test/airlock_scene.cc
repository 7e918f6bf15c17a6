#include "airlock_scene.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "../core/airlock_text.h"

namespace sysvmq {

StateFolder::StateFolder() {
  char path[] = "/dev/shm/sysvmq-test-XXXXXX";
  EXPECT_NE(mkdtemp(path), nullptr);
  path_ = path;
}

StateFolder::~StateFolder() {
  for (const std::string& file : Files()) unlink((path_ + "/" + file).c_str());
  rmdir(path_.c_str());
}

std::vector<std::string> StateFolder::Files() const {
  std::vector<std::string> files;
  DIR* directory = opendir(path_.c_str());
  while (directory != nullptr) {
    const dirent* entry = readdir(directory);
    if (entry == nullptr) break;
    if (entry->d_name[0] != '.') files.emplace_back(entry->d_name);
  }
  if (directory != nullptr) closedir(directory);
  return files;
}

int KillCount(int few) {
  const char* many = getenv("SYSVMQ_KILLS");
  return many == nullptr ? few : atoi(many);
}

std::string NumberedText(uint32_t number, size_t most) {
  std::string text(sizeof(number), '\0');
  memcpy(text.data(), &number, sizeof(number));
  const size_t padding = MixHash(1, number) % (most - sizeof(number) + 1);
  for (size_t index = 0; index < padding; index++) text += static_cast<char>(MixHash(number, index));
  return text;
}

int64_t NumberOf(const char* text, size_t length, size_t most) {
  uint32_t number = 0;
  if (length < sizeof(number)) return -1;
  memcpy(&number, text, sizeof(number));
  const std::string right = NumberedText(number, most);
  return right.size() == length && memcmp(right.data(), text, length) == 0 ? number : -1;
}

Tally::Tally(size_t count) : count_(count) {
  void* memory = mmap(nullptr, count * sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(memory, MAP_FAILED);
  counts_ = static_cast<uint32_t*>(memory);
}

Tally::~Tally() { munmap(counts_, count_ * sizeof(uint32_t)); }

pid_t Fork(const std::function<void()>& body) {
  fflush(nullptr);
  const pid_t child = fork();
  EXPECT_GE(child, 0);
  if (child != 0) return child;
  body();
  fflush(nullptr);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}

void KillAndReap(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

namespace {

// The child, stopped where it raised SIGSTOP.
pid_t ForkTraced(const std::function<void()>& body) {
  const pid_t child = Fork([&body] {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    body();
  });
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  return child;
}

// False when it has ended.
bool Step(pid_t child) {
  int status = 0;
  ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr);
  waitpid(child, &status, 0);
  return WIFSTOPPED(status);
}

}  // namespace

bool KillAfterSteps(long steps, const std::function<void()>& body) {
  const pid_t child = ForkTraced(body);
  for (; steps > 0; steps--) {
    if (!Step(child)) return false;
  }
  KillAndReap(child);
  return true;
}

long CountSteps(const std::function<void()>& body) {
  const pid_t child = ForkTraced(body);
  long steps = 0;
  while (Step(child)) steps++;
  return steps;
}

}  // namespace sysvmq
