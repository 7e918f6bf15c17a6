#include "environment.h"

#include <cerrno>
#include <utility>

namespace sysvmq {

namespace {

// Holds a message of the default msgmax (8192) and a batch (lib/native/staging.ts), so the default limits never need
// another slab.
constexpr size_t kInitialTextBytes = 65536;
constexpr size_t kAlignment = sizeof(int64_t);

}  // namespace

std::unique_ptr<Environment> Environment::Create(napi_env env) {
  std::unique_ptr<Environment> environment(new Environment(env));
  environment->register_memory_ = SharedMemory::Allocate(kRegisterCount * sizeof(int32_t));
  environment->field_memory_ = SharedMemory::Allocate(kFieldCount * sizeof(double));
  environment->initial_slab_ = SharedMemory::Allocate(kTextOffset + kInitialTextBytes);
  napi_value slab = nullptr;
  if (environment->register_memory_ == nullptr || environment->field_memory_ == nullptr ||
      environment->initial_slab_ == nullptr || (slab = environment->initial_slab_->Expose(env)) == nullptr ||
      napi_create_reference(env, slab, 1, &environment->initial_slab_buffer_) != napi_ok) {
    return nullptr;
  }
  environment->registers_ = static_cast<int32_t*>(environment->register_memory_->Data());
  environment->fields_ = static_cast<double*>(environment->field_memory_->Data());
  return environment;
}

// The references go with the environment. The tables' destructors free their items.
Environment::~Environment() {
  KeepHeldMessages();
  GiveBackKept(0);
}

void Environment::KeepHeldMessages() {
  for (int32_t slot = 0; slot < held_messages_.Count(); slot++) {
    if (OwnedTaken taken = held_messages_.Take(slot)) KeepTaken(std::move(taken));
  }
}

Result Environment::RemoveQueueAtEnd(int id) {
  if (queues_to_remove_.Add(std::make_unique<QueueToRemove>(id)) >= 0) return 0;
  return -ENOMEM;
}

Result Environment::KeepQueueAtEnd(int id) {
  for (int32_t slot = 0; slot < queues_to_remove_.Count(); slot++) {
    const QueueToRemove* queue = queues_to_remove_.Get(slot);
    if (queue == nullptr || queue->id != id) continue;
    queues_to_remove_.Take(slot)->id = -1;
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

// JavaScript may have written any value into the register, so the count wraps around.
void Environment::Count(Register index) {
  registers_[index] = static_cast<int32_t>(static_cast<uint32_t>(registers_[index]) + 1);
}

bool Environment::UseSlab(napi_value buffer) {
  napi_ref reference = nullptr;
  if (buffer != nullptr && napi_create_reference(env_, buffer, 1, &reference) != napi_ok) return false;
  if (other_slab_buffer_ != nullptr) napi_delete_reference(env_, other_slab_buffer_);
  other_slab_buffer_ = reference;
  Count(kSlab);
  return true;
}

bool Environment::UseArena(napi_value buffer) {
  napi_ref reference = nullptr;
  if (napi_create_reference(env_, buffer, 1, &reference) != napi_ok) return false;
  if (arena_buffer_ != nullptr) napi_delete_reference(env_, arena_buffer_);
  arena_buffer_ = reference;
  Count(kArena);
  return true;
}

MemoryRange Environment::Measure(napi_ref buffer) const {
  napi_value value = nullptr;
  void* data = nullptr;
  size_t bytes = 0;
  if (napi_get_reference_value(env_, buffer, &value) != napi_ok ||
      napi_get_arraybuffer_info(env_, value, &data, &bytes) != napi_ok) {
    return {nullptr, 0};
  }
  return {static_cast<char*>(data), bytes};
}

MemoryRange Environment::Slab() {
  if (other_slab_buffer_ != nullptr) return Measure(other_slab_buffer_);
  return {static_cast<char*>(initial_slab_->Data()), initial_slab_->Bytes()};
}

MemoryRange Environment::ArenaFromOffset() {
  const int32_t register_value = registers_[kOffset];
  if (arena_buffer_ == nullptr || register_value < 0) return {nullptr, 0};
  const auto offset = static_cast<size_t>(register_value);
  const MemoryRange arena = Measure(arena_buffer_);
  if (offset % kAlignment != 0 || offset > arena.bytes) return {nullptr, 0};
  return {arena.data + offset, arena.bytes - offset};
}

int64_t Environment::Word(Register low) const {
  const auto low_half = static_cast<uint32_t>(registers_[low]);
  const auto high_half = static_cast<uint32_t>(registers_[low + 1]);
  return static_cast<int64_t>((static_cast<uint64_t>(high_half) << 32) | low_half);
}

void Environment::SetWord(Register low, int64_t value) {
  registers_[low] = static_cast<int32_t>(static_cast<uint64_t>(value) & 0xFFFFFFFFu);
  registers_[low + 1] = static_cast<int32_t>(static_cast<uint64_t>(value) >> 32);
}

}  // namespace sysvmq
