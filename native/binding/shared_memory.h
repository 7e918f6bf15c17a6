// Memory that C++ and one JavaScript ArrayBuffer share.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstddef>
#include <memory>

namespace sysvmq {

// Has two owners: the addon, and the ArrayBuffer that shows the memory to JavaScript. The last one to release it frees
// the memory, so nothing that JavaScript does to its ArrayBuffer (transfer(), a worker's end, garbage collection) frees
// memory that a system call still writes to.
class SharedMemory {
 public:
  // The addon's share.
  struct Releases {
    void operator()(SharedMemory* memory) const { memory->Release(); }
  };
  using Owner = std::unique_ptr<SharedMemory, Releases>;

  // Zeroed, so that it never shows bytes of another owner. nullptr when memory is short.
  static Owner Allocate(size_t bytes);

  // The ArrayBuffer over the memory, or nullptr on failure. Call it once; the ArrayBuffer becomes the second owner.
  napi_value Expose(napi_env env);

  void* Data() { return data_; }
  size_t Bytes() const { return bytes_; }

 private:
  void Release();
  SharedMemory(void* data, size_t bytes) : data_(data), bytes_(bytes) {}

  void* data_;
  size_t bytes_;
  std::atomic<int> owners_{1};
};

}  // namespace sysvmq
