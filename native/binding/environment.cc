#include "environment.h"

namespace sysvmq {

namespace {

// Holds a message of the default msgmax (8192) twice over, so that the default limits never need another slab.
constexpr size_t kInitialTextBytes = 16384;

void ReleaseIfAny(SharedMemory* memory) {
  if (memory != nullptr) memory->Release();
}

napi_value ExposeTypedArray(napi_env env, napi_typedarray_type type, size_t length, SharedMemory* memory) {
  napi_value array = nullptr;
  napi_value buffer = memory->Expose(env);
  if (buffer == nullptr || napi_create_typedarray(env, type, length, buffer, 0, &array) != napi_ok) return nullptr;
  return array;
}

}  // namespace

Environment* Environment::Create() {
  auto* environment = new Environment();
  environment->register_memory_ = SharedMemory::Allocate(kRegisterCount * sizeof(int32_t));
  environment->field_memory_ = SharedMemory::Allocate(kFieldCount * sizeof(double));
  if (environment->register_memory_ == nullptr || environment->field_memory_ == nullptr ||
      !environment->ResizeSlab(kInitialTextBytes)) {
    delete environment;
    return nullptr;
  }
  environment->registers_ = static_cast<int32_t*>(environment->register_memory_->Data());
  environment->fields_ = static_cast<double*>(environment->field_memory_->Data());
  return environment;
}

Environment::~Environment() {
  ReleaseIfAny(register_memory_);
  ReleaseIfAny(field_memory_);
  ReleaseIfAny(slab_);
}

napi_value Environment::ExposeRegisters(napi_env env) {
  return ExposeTypedArray(env, napi_int32_array, kRegisterCount, register_memory_);
}

napi_value Environment::ExposeFields(napi_env env) {
  return ExposeTypedArray(env, napi_float64_array, kFieldCount, field_memory_);
}

int64_t Environment::MessageType() const {
  const auto low = static_cast<uint32_t>(registers_[kTypeLow]);
  const auto high = static_cast<uint32_t>(registers_[kTypeHigh]);
  return static_cast<int64_t>((static_cast<uint64_t>(high) << 32) | low);
}

void Environment::SetMessageType(int64_t type) {
  registers_[kTypeLow] = static_cast<int32_t>(static_cast<uint64_t>(type) & 0xFFFFFFFFu);
  registers_[kTypeHigh] = static_cast<int32_t>(static_cast<uint64_t>(type) >> 32);
}

int64_t Environment::CheckedLength() const {
  const int64_t length = registers_[kLength];
  const auto capacity = static_cast<int64_t>(slab_->Bytes() - sizeof(MessageBuffer));
  return length >= 0 && length <= capacity ? length : -1;
}

bool Environment::ResizeSlab(size_t text_bytes) {
  SharedMemory* slab = SharedMemory::Allocate(sizeof(MessageBuffer) + text_bytes);
  if (slab == nullptr) return false;
  ReleaseIfAny(slab_);
  slab_ = slab;
  return true;
}

}  // namespace sysvmq
