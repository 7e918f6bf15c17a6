#include "our_threads.h"

#include <dirent.h>

#include <cstdlib>
#include <fstream>

#include "call_thread.h"

namespace sysvmq {

namespace {

std::string FirstWord(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

}  // namespace

std::vector<int> ThreadsNamed(const std::string& name) {
  std::vector<int> threads;
  DIR* tasks = opendir("/proc/self/task");
  for (const dirent* entry = readdir(tasks); entry != nullptr; entry = readdir(tasks)) {
    const std::string id = entry->d_name;
    if (id[0] != '.' && FirstWord("/proc/self/task/" + id + "/comm") == name) threads.push_back(std::stoi(id));
  }
  closedir(tasks);
  return threads;
}

bool ThreadsBlockedIn(const std::string& name, long number, size_t count) {
  size_t blocked = 0;
  for (const int id : ThreadsNamed(name)) {
    const std::string word = FirstWord("/proc/self/task/" + std::to_string(id) + "/syscall");
    if (!word.empty() && word != "running" && strtol(word.c_str(), nullptr, 10) == number) blocked++;
  }
  return blocked == count;
}

bool AwaitNoThreadsNamed(const std::string& name) {
  return Until("the threads have ended", [&] { return ThreadsNamed(name).empty(); });
}

}  // namespace sysvmq
