// Arguments of native functions that do not come through registers: paths and ArrayBuffers.
#pragma once

#include <node_api.h>

#include <climits>

#include "../core/system_calls.h"

namespace sysvmq {

// Reads a path and, if `name` is not nullptr, a file's name from the arguments. False when they are not strings.
inline bool ReadPaths(napi_env env, napi_callback_info info, void** environment, char* folder, char* name) {
  size_t count = 2;
  napi_value values[2] = {nullptr, nullptr};
  size_t length = 0;
  if (napi_get_cb_info(env, info, &count, values, nullptr, environment) != napi_ok) return false;
  if (napi_get_value_string_utf8(env, values[0], folder, PATH_MAX, &length) != napi_ok || length + 1 >= PATH_MAX) {
    return false;
  }
  if (name == nullptr) return true;
  return napi_get_value_string_utf8(env, values[1], name, NAME_MAX + 1, &length) == napi_ok && length < NAME_MAX;
}

// The argument, if it is an ArrayBuffer; otherwise nullptr.
inline napi_value ArrayBufferArgument(napi_env env, napi_callback_info info, void** environment) {
  size_t count = 1;
  napi_value buffer = nullptr;
  bool is_buffer = false;
  if (napi_get_cb_info(env, info, &count, &buffer, nullptr, environment) != napi_ok ||
      napi_is_arraybuffer(env, buffer, &is_buffer) != napi_ok) {
    return nullptr;
  }
  return is_buffer ? buffer : nullptr;
}

inline napi_value Integer(napi_env env, Result result) {
  napi_value value = nullptr;
  napi_create_int32(env, result, &value);
  return value;
}

}  // namespace sysvmq
