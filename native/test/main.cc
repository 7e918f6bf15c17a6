// Runs the tests of one program, in an IPC namespace of its own, and fails where one of them has left a queue.
#include <gtest/gtest.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "test_queue.h"

namespace sysvmq {

namespace {

// Tests outside a namespace of their own would change the machine's limits, and the end below remove its queues.
bool InOwnNamespace() {
  const char* name_space = getenv("SYSVMQ_TEST_NAMESPACE");
  if (name_space == nullptr || std::string(name_space) != "own") return false;
  // Programs that run side by side would see each other's queues and limits in the namespace of npm run test:native.
  return unshare(CLONE_NEWIPC) == 0 && QueueIds().empty();
}

class NoQueueLeft : public testing::Environment {
 public:
  void TearDown() override {
    for (const int id : QueueIds()) {
      ADD_FAILURE() << "the queue " << id << " was left behind";
      RemoveQueue(id);
    }
  }
};

}  // namespace

}  // namespace sysvmq

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!sysvmq::InOwnNamespace()) {
    fputs("These tests need a fresh IPC namespace of their own: npm run test:native makes one.\n", stderr);
    return 1;
  }
  testing::AddGlobalTestEnvironment(new sysvmq::NoQueueLeft);
  return RUN_ALL_TESTS();
}
