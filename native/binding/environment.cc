#include "environment.h"

#include <cerrno>

namespace sysvmq {

namespace {

// Holds a message of the default msgmax (8192) twice over, so that the default limits never need another slab.
constexpr size_t kInitialTextBytes = 16384;

void ReleaseIfAny(SharedMemory* memory) {
  if (memory != nullptr) memory->Release();
}

}  // namespace

Environment* Environment::Create(napi_env env) {
  auto* environment = new Environment(env);
  environment->register_memory_ = SharedMemory::Allocate(kRegisterCount * sizeof(int32_t));
  environment->field_memory_ = SharedMemory::Allocate(kFieldCount * sizeof(double));
  environment->initial_slab_ = SharedMemory::Allocate(sizeof(MessageBuffer) + kInitialTextBytes);
  napi_value slab = nullptr;
  if (environment->register_memory_ == nullptr || environment->field_memory_ == nullptr ||
      environment->initial_slab_ == nullptr || (slab = environment->initial_slab_->Expose(env)) == nullptr ||
      napi_create_reference(env, slab, 1, &environment->initial_slab_buffer_) != napi_ok) {
    delete environment;
    return nullptr;
  }
  environment->registers_ = static_cast<int32_t*>(environment->register_memory_->Data());
  environment->fields_ = static_cast<double*>(environment->field_memory_->Data());
  environment->UseSlab(nullptr);
  return environment;
}

// The references go with the environment.
Environment::~Environment() {
  for (int32_t slot = 0; slot < queues_to_remove_.Count(); slot++) {
    const QueueToRemove* queue = queues_to_remove_.Get(slot);
    if (queue == nullptr) continue;
    RemoveQueue(queue->id);
    delete queue;
  }
  ReleaseIfAny(register_memory_);
  ReleaseIfAny(field_memory_);
  ReleaseIfAny(initial_slab_);
}

Result Environment::RemoveQueueAtEnd(int id) {
  auto* queue = new QueueToRemove{id};
  if (queues_to_remove_.Add(queue) >= 0) return 0;
  delete queue;
  return -ENOMEM;
}

Result Environment::KeepQueueAtEnd(int id) {
  for (int32_t slot = 0; slot < queues_to_remove_.Count(); slot++) {
    const QueueToRemove* queue = queues_to_remove_.Get(slot);
    if (queue == nullptr || queue->id != id) continue;
    queues_to_remove_.Remove(slot);
    delete queue;
    return 0;
  }
  return -EINVAL;
}

napi_value Environment::ExposeTypedArray(napi_typedarray_type type, size_t length, SharedMemory* memory) {
  napi_value array = nullptr;
  napi_value buffer = memory->Expose(env_);
  if (buffer == nullptr || napi_create_typedarray(env_, type, length, buffer, 0, &array) != napi_ok) return nullptr;
  return array;
}

napi_value Environment::InitialSlab() const {
  napi_value buffer = nullptr;
  return napi_get_reference_value(env_, initial_slab_buffer_, &buffer) == napi_ok ? buffer : nullptr;
}

bool Environment::UseSlab(napi_value buffer) {
  napi_ref reference = nullptr;
  void* data = initial_slab_->Data();
  size_t bytes = initial_slab_->Bytes();
  if (buffer != nullptr) {
    if (napi_get_arraybuffer_info(env_, buffer, &data, &bytes) != napi_ok || bytes < sizeof(MessageBuffer) ||
        napi_create_reference(env_, buffer, 1, &reference) != napi_ok) {
      return false;
    }
  }
  if (other_slab_buffer_ != nullptr) napi_delete_reference(env_, other_slab_buffer_);
  other_slab_buffer_ = reference;
  slab_data_ = data;
  slab_bytes_ = bytes;
  return true;
}

// The initial slab is always there. One of JavaScript's is kept alive, but may have been detached or resized since.
size_t Environment::SlabBytes() {
  if (other_slab_buffer_ == nullptr) return slab_bytes_;
  napi_value buffer = nullptr;
  if (napi_get_reference_value(env_, other_slab_buffer_, &buffer) != napi_ok ||
      napi_get_arraybuffer_info(env_, buffer, &slab_data_, &slab_bytes_) != napi_ok) {
    return 0;
  }
  return slab_bytes_;
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

int64_t Environment::CheckedLength() {
  const int64_t length = registers_[kLength];
  const auto capacity = static_cast<int64_t>(SlabBytes()) - static_cast<int64_t>(sizeof(MessageBuffer));
  return length >= 0 && length <= capacity ? length : -1;
}

}  // namespace sysvmq
