// The addon's entry: one Environment for each JavaScript environment that loads it.
//
// node-addon-api registers the module and keeps the instance data. The values come from the C interface underneath:
// node-addon-api's object wrappers add an error path of some kilobytes at each use, and std::string with it.
#include <napi.h>

#include "airlock_calls.h"
#include "calls.h"
#include "environment.h"
#include "note_calls.h"
#include "registers.h"
#include "taken_calls.h"
#include "wait_calls.h"

namespace sysvmq {

namespace {

// Defines `name` as `value`. A nullptr means that creating the value failed.
bool DefineValue(napi_env env, napi_value object, const char* name, napi_value value, int attributes) {
  if (value == nullptr) return false;
  const auto flags = static_cast<napi_property_attributes>(attributes);
  const napi_property_descriptor property = {name, nullptr, nullptr, nullptr, nullptr, value, flags, nullptr};
  return napi_define_properties(env, object, 1, &property) == napi_ok;
}

template <size_t count>
napi_value ToArray(napi_env env, const char* const (&names)[count]) {
  napi_value array = nullptr;
  if (napi_create_array_with_length(env, count, &array) != napi_ok) return nullptr;
  for (uint32_t i = 0; i < count; i++) {
    napi_value name = nullptr;
    if (napi_create_string_utf8(env, names[i], NAPI_AUTO_LENGTH, &name) != napi_ok) return nullptr;
    if (napi_set_element(env, array, i, name) != napi_ok) return nullptr;
  }
  return array;
}

// The names of the registers and fields in their order. A test compares them with TypeScript's.
napi_value Layout(napi_env env, napi_callback_info) {
  napi_value layout = nullptr;
  if (napi_create_object(env, &layout) != napi_ok) return nullptr;
  const bool defined = DefineValue(env, layout, "registers", ToArray(env, kRegisterNames), napi_enumerable) &&
                       DefineValue(env, layout, "statusFields", ToArray(env, kStatusFieldNames), napi_enumerable) &&
                       DefineValue(env, layout, "infoFields", ToArray(env, kInfoFieldNames), napi_enumerable) &&
                       DefineValue(env, layout, "airlockFields", ToArray(env, kAirlockFieldNames), napi_enumerable) &&
                       DefineValue(env, layout, "inHandFields", ToArray(env, kInHandFieldNames), napi_enumerable) &&
                       DefineValue(env, layout, "namespaceFields", ToArray(env, kNamespaceFieldNames), napi_enumerable);
  return defined ? layout : nullptr;
}

// Runs once for each environment, after its JavaScript has stopped. JavaScript's views keep their memory until V8 frees
// them (see SharedMemory).
void Destroy(Napi::Env, Environment* environment) { delete environment; }

bool DefineExports(napi_env env, napi_value exports, Environment* environment) {
  napi_value layout = nullptr;
  if (napi_create_function(env, "layout", NAPI_AUTO_LENGTH, Layout, nullptr, &layout) != napi_ok) return false;
  // JavaScript may replace the slab by a larger one, and stores it here. Every copy of our TypeScript that shares this
  // exports object then uses the same slab (Jest runs each test file in a context of its own).
  napi_value bytes_of_long = nullptr;
  return napi_create_uint32(env, sizeof(long), &bytes_of_long) == napi_ok &&
         DefineValue(env, exports, "bytesOfLong", bytes_of_long, napi_enumerable) &&
         DefineValue(env, exports, "slab", environment->Slab().Initial(), napi_enumerable | napi_writable) &&
         DefineValue(env, exports, "inbox", environment->Inbox().Initial(), napi_enumerable | napi_writable) &&
         DefineValue(env, exports, "registers", environment->ExposeRegisters(), napi_enumerable) &&
         DefineValue(env, exports, "fields", environment->ExposeFields(), napi_enumerable) &&
         DefineValue(env, exports, "layout", layout, napi_enumerable) && DefineCalls(env, exports, environment) &&
         DefineWaitCalls(env, exports, environment) && DefineAirlockCalls(env, exports, environment) &&
         DefineTakenCalls(env, exports, environment) && DefineNoteCalls(env, exports, environment);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  // The instance data owns the environment from here on. If setting it fails, the process ends, as in napi.h.
  Environment* environment = Environment::Create(env).release();
  if (environment != nullptr) env.SetInstanceData<Environment, Destroy>(environment);
  if (environment == nullptr || !DefineExports(env, exports, environment)) {
    napi_throw_error(env, nullptr, "sysvmq: there is no memory, or this runtime shares none with JavaScript");
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(sysvmq, Init)

}  // namespace sysvmq
