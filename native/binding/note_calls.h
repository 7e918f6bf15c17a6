// The native functions for notes that outlive the process, for lib/native/notes.ts.
#pragma once

#include <node_api.h>

namespace sysvmq {

class Environment;

bool DefineNoteCalls(napi_env env, napi_value exports, Environment* environment);

}  // namespace sysvmq
