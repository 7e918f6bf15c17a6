// What one JavaScript environment (the main thread's or a worker's) owns: its registers, its fields, its slab.
#pragma once

#include <napi.h>

#include <cstdint>

#include "../core/system_calls.h"
#include "registers.h"
#include "shared_memory.h"

namespace sysvmq {

// There is no other state in the addon, and none that two environments share. Everything here is used on the
// environment's own JavaScript thread only.
class Environment {
 public:
  // nullptr when there is no memory.
  static Environment* Create();
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The typed arrays and the ArrayBuffer that JavaScript uses; nullptr on failure. Each to be called once, ExposeSlab
  // once for each slab.
  napi_value ExposeRegisters(napi_env env);
  napi_value ExposeFields(napi_env env);
  napi_value ExposeSlab(napi_env env) { return slab_->Expose(env); }

  int32_t& Argument(Register index) { return registers_[index]; }
  double& Field(size_t index) { return fields_[index]; }
  int64_t MessageType() const;
  void SetMessageType(int64_t type);

  // A length that JavaScript wrote into its register, or -1 where the slab does not hold as much.
  int64_t CheckedLength() const;
  MessageBuffer* Message() { return static_cast<MessageBuffer*>(slab_->Data()); }

  // Replaces the slab by one that holds `text_bytes` of text. The old one stays until JavaScript forgets it.
  bool ResizeSlab(size_t text_bytes);

 private:
  Environment() = default;

  SharedMemory* register_memory_ = nullptr;
  SharedMemory* field_memory_ = nullptr;
  SharedMemory* slab_ = nullptr;
  int32_t* registers_ = nullptr;
  double* fields_ = nullptr;
};

}  // namespace sysvmq
