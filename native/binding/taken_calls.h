// The native functions for messages that were taken and not received (native/core/taken_messages.h).
#pragma once

#include <node_api.h>

namespace sysvmq {

class Environment;

// Defines them on the exports object. False on failure.
bool DefineTakenCalls(napi_env env, napi_value exports, Environment* environment);

}  // namespace sysvmq
