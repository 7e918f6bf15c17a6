// Memory that C++ and one JavaScript ArrayBuffer use together.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstddef>
#include <memory>

namespace sysvmq {

// Two owners: the addon, and the ArrayBuffer that shows the memory to JavaScript. It is freed when both have let go,
// so nothing that JavaScript does to its ArrayBuffer (transfer(), a worker's end, garbage collection) can free memory
// that a system call still writes to.
class SharedMemory {
 public:
  // The addon's part of it.
  struct Releases {
    void operator()(SharedMemory* memory) const { memory->Release(); }
  };
  using Owner = std::unique_ptr<SharedMemory, Releases>;

  // Zeroed, so that no bytes of anyone else are ever seen through it. nullptr when there is no memory.
  static Owner Allocate(size_t bytes);

  // The ArrayBuffer over it, or nullptr on failure. To be called once; the ArrayBuffer becomes the second owner.
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
