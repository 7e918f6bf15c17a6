// How a native function of this addon appears to Node-API.
#pragma once

#include <node_api.h>

#include "../core/system_calls.h"

namespace sysvmq {

class Environment;

// Takes its arguments from the registers and returns one integer, because reading arguments or creating objects costs
// more than the system call (docs/internals.md has the figures). Runs on the JavaScript thread of its environment.
using Call = Result (*)(Environment*);

template <Call call>
napi_value Invoke(napi_env env, napi_callback_info info) {
  void* environment = nullptr;
  napi_value result = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &environment) != napi_ok) return nullptr;
  napi_create_int32(env, call(static_cast<Environment*>(environment)), &result);
  return result;
}

inline napi_property_descriptor Method(const char* name, napi_callback callback, Environment* environment) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_enumerable, environment};
}

}  // namespace sysvmq
