// The airlock's native functions, for lib/native/airlock.ts.
#pragma once

#include <napi.h>

namespace sysvmq {

class Environment;

bool DefineAirlockCalls(napi_env env, napi_value exports, Environment* environment);

}  // namespace sysvmq
