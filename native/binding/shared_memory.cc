#include "shared_memory.h"

#include <cstdlib>
#include <new>

namespace sysvmq {

SharedMemory::Owner SharedMemory::Allocate(size_t bytes) {
  void* data = calloc(1, bytes);
  if (data == nullptr) return nullptr;
  return Owner(new SharedMemory(data, bytes));
}

napi_value SharedMemory::Expose(napi_env env) {
  napi_value buffer = nullptr;
  const auto forget = [](napi_env, void*, void* memory) { static_cast<SharedMemory*>(memory)->Release(); };
  owners_.fetch_add(1);
  if (napi_create_external_arraybuffer(env, data_, bytes_, forget, this, &buffer) != napi_ok) {
    // No second owner then: some embedders forbid memory that V8 did not allocate.
    owners_.fetch_sub(1);
    return nullptr;
  }
  return buffer;
}

void SharedMemory::Release() {
  if (owners_.fetch_sub(1) != 1) return;
  free(data_);
  delete this;
}

}  // namespace sysvmq
