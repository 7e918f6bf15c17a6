// The native functions for waiting: arguments in the registers, one integer out (>= 0, or -errno).
#pragma once

#include <node_api.h>

namespace sysvmq {

class Environment;

// Defines them on the exports object. False on failure.
bool DefineWaitCalls(napi_env env, napi_value exports, Environment* environment);

}  // namespace sysvmq
