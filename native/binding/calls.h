// The native functions: arguments in the registers, one integer out (>= 0, or -errno).
#pragma once

#include <napi.h>

namespace sysvmq {

class Environment;

// Defines every call on the exports object. False on failure.
bool DefineCalls(napi_env env, napi_value exports, Environment* environment);

}  // namespace sysvmq
