// The beginning of a file as memory.
#include "../core/mapped_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "airlock_scene.h"

namespace sysvmq {

namespace {

constexpr size_t kBytes = 4096;

std::string MakeFile(const StateFolder& folder, size_t bytes) {
  std::string path = std::string(folder.Path()) + "/note";
  const int file = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  EXPECT_EQ(ftruncate(file, static_cast<off_t>(bytes)), 0);
  close(file);
  return path;
}

uint64_t ReadWord(const std::string& path, off_t at) {
  uint64_t word = 0;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(pread(file, &word, sizeof(word), at), static_cast<ssize_t>(sizeof(word)));
  close(file);
  return word;
}

TEST(MappedFile, AStoreIsInTheFileAndOutlivesAKill) {
  const StateFolder folder;
  const std::string path = MakeFile(folder, kBytes * 2);
  const pid_t child = Fork([&] {
    void* memory = nullptr;
    if (MapFileStart(path.c_str(), kBytes, &memory) != 0) return;
    static_cast<volatile uint64_t*>(memory)[3] = 42;
    for (;;) pause();
  });
  while (ReadWord(path, 24) == 0) usleep(1000);
  KillAndReap(child);
  EXPECT_EQ(ReadWord(path, 24), 42u);

  void* memory = nullptr;
  ASSERT_EQ(MapFileStart(path.c_str(), kBytes, &memory), 0);
  EXPECT_EQ(static_cast<uint64_t*>(memory)[3], 42u);
  UnmapFile(memory, kBytes);
}

TEST(MappedFile, WhatIsNoFileOfThatLengthIsRefused) {
  const StateFolder folder;
  const std::string path = MakeFile(folder, kBytes - 1);
  const std::string link = path + "-link";
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  void* memory = nullptr;
  EXPECT_EQ(MapFileStart(path.c_str(), kBytes, &memory), -EBADMSG);
  EXPECT_EQ(MapFileStart((path + "-missing").c_str(), kBytes, &memory), -ENOENT);
  EXPECT_EQ(MapFileStart(link.c_str(), kBytes, &memory), -ELOOP);
  EXPECT_EQ(memory, nullptr);
}

}  // namespace

}  // namespace sysvmq
