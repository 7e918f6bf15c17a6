#include "environment.h"

#include <cerrno>
#include <utility>

namespace sysvmq {

std::unique_ptr<Environment> Environment::Create(napi_env env) {
  std::unique_ptr<Environment> environment(new Environment(env));
  environment->register_memory_ = SharedMemory::Allocate(kRegisterCount * sizeof(int32_t));
  environment->field_memory_ = SharedMemory::Allocate(kFieldCount * sizeof(double));
  if (environment->register_memory_ == nullptr || environment->field_memory_ == nullptr ||
      !environment->slab_.Allocate(env) || !environment->inbox_.Allocate(env)) {
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

// JavaScript may have written any value into the register, so the count wraps around.
void Environment::Count(Register index) {
  registers_[index] = static_cast<int32_t>(static_cast<uint32_t>(registers_[index]) + 1);
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
