#include "message_memory.h"

namespace sysvmq {

bool MessageMemory::Allocate(napi_env env) {
  env_ = env;
  initial_ = SharedMemory::Allocate(kTextOffset + kInitialTextBytes);
  napi_value buffer = initial_ == nullptr ? nullptr : initial_->Expose(env);
  return buffer != nullptr && napi_create_reference(env, buffer, 1, &initial_buffer_) == napi_ok;
}

napi_value MessageMemory::Initial() const {
  napi_value buffer = nullptr;
  return napi_get_reference_value(env_, initial_buffer_, &buffer) == napi_ok ? buffer : nullptr;
}

bool MessageMemory::Use(napi_value buffer) {
  napi_ref reference = nullptr;
  if (buffer != nullptr && napi_create_reference(env_, buffer, 1, &reference) != napi_ok) return false;
  if (other_ != nullptr) napi_delete_reference(env_, other_);
  other_ = reference;
  return true;
}

MemoryRange MessageMemory::Measure() const {
  napi_value value = nullptr;
  void* data = nullptr;
  size_t bytes = 0;
  if (napi_get_reference_value(env_, other_, &value) != napi_ok ||
      napi_get_arraybuffer_info(env_, value, &data, &bytes) != napi_ok) {
    return {nullptr, 0};
  }
  return {static_cast<char*>(data), bytes};
}

}  // namespace sysvmq
