// musl-host ADDON: loads the addon under musl, and sends and receives a message through it.
//
// No Node.js built for musl can be had where the tests run. What the addon needs of one to register itself is here: as
// little of Node-API as its start and its synchronous calls use, over real memory. libc, the dynamic linker, the
// binary and the kernel's queue are real. Every other function of Node-API is there for the linker, and ends the
// program: test/package/prebuilds.test.ts lists them in the header NEVER_CALLED_FUNCTIONS.
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

typedef struct value {
  const char* name;
  void* data;
  size_t bytes;
  struct value* (*callback)(void*, void*);
} value;

typedef struct {
  const char* name;
  value* name_value;
  value* (*method)(void*, void*);
  void *getter, *setter;
  value* constant;
  int attributes;
  void* data;
} property;

static value exports[64];
static size_t export_count;
static void* callback_data;
static value* argument;
static int32_t returned;

static value* new_value(void* data, size_t bytes) {
  value* made = calloc(1, sizeof *made);
  made->data = data;
  made->bytes = bytes;
  return made;
}

int napi_define_properties(void* env, value* object, size_t count, const property* properties) {
  (void)env, (void)object;
  for (size_t i = 0; i < count && export_count < 64; i++) {
    value* to = &exports[export_count++];
    if (properties[i].constant != NULL) *to = *properties[i].constant;
    if (properties[i].method != NULL) *to = (value){NULL, properties[i].data, 0, properties[i].method};
    to->name = properties[i].name;
  }
  return 0;
}

int napi_create_external_arraybuffer(void* env, void* data, size_t bytes, void* free_it, void* hint, value** result) {
  (void)env, (void)free_it, (void)hint;
  *result = new_value(data, bytes);
  return 0;
}

int napi_create_typedarray(void* env, int type, size_t length, value* buffer, size_t offset, value** result) {
  (void)env, (void)type, (void)length;
  *result = new_value((char*)buffer->data + offset, buffer->bytes - offset);
  return 0;
}

int napi_get_arraybuffer_info(void* env, value* buffer, void** data, size_t* bytes) {
  (void)env;
  if (data != NULL) *data = buffer->data;
  if (bytes != NULL) *bytes = buffer->bytes;
  return 0;
}

int napi_create_function(void* env, const char* name, size_t length, value* (*call)(void*, void*), void* data,
                         value** result) {
  (void)env, (void)name, (void)length;
  *result = new_value(data, 0);
  (*result)->callback = call;
  return 0;
}

int napi_get_cb_info(void* env, void* info, size_t* count, value** arguments, value** self, void** data) {
  (void)env, (void)info, (void)self;
  if (arguments != NULL && count != NULL && *count > 0) arguments[0] = argument;
  if (data != NULL) *data = callback_data;
  return 0;
}

int napi_create_int32(void* env, int32_t number, value** result) {
  (void)env;
  returned = number;
  *result = new_value(NULL, 0);
  return 0;
}

int napi_create_uint32(void* env, uint32_t number, value** result) {
  (void)env, (void)number;
  *result = new_value(NULL, 0);
  return 0;
}

int napi_create_reference(void* env, value* to, uint32_t count, value** result) {
  (void)env, (void)count;
  *result = to;
  return 0;
}

int napi_get_reference_value(void* env, value* reference, value** result) {
  (void)env;
  *result = reference;
  return 0;
}

int napi_is_arraybuffer(void* env, value* it, bool* result) {
  (void)env;
  *result = it != NULL && it->bytes > 0;
  return 0;
}

int napi_set_instance_data(void* env, void* data, void* end, void* hint) {
  (void)env, (void)data, (void)end, (void)hint;
  return 0;
}

int napi_add_env_cleanup_hook(void* env, void* hook, void* argument) {
  (void)env, (void)hook, (void)argument;
  return 0;
}

#define NEVER_CALLED(name)                     \
  void name(void);                             \
  void name(void) {                            \
    fprintf(stderr, "%s was called\n", #name); \
    abort();                                   \
  }
// What the addon needs for the linker alone: its undefined symbols less those above, as calls of NEVER_CALLED.
#include NEVER_CALLED_FUNCTIONS

static value* exported(const char* name) {
  for (size_t i = 0; i < export_count; i++) {
    if (strcmp(exports[i].name, name) == 0) return &exports[i];
  }
  fprintf(stderr, "the addon exports no %s\n", name);
  exit(1);
}

static int32_t call(const char* name) {
  value* function = exported(name);
  callback_data = function->data;
  function->callback(&exports, NULL);
  return returned;
}

static void expect(const char* what, int64_t got, int64_t wanted) {
  if (got == wanted) return;
  fprintf(stderr, "%s: %lld, and not %lld\n", what, (long long)got, (long long)wanted);
  exit(1);
}

int main(int argc, char** argv) {
  void* addon = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (addon == NULL) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: musl-host ADDON");
    return 1;
  }
  value* (*start)(void*, value*) = (value * (*)(void*, value*)) dlsym(addon, "napi_register_module_v1");
  start(&exports, new_value(NULL, 0));

  // The order of native/binding/registers.h: id, key, flags, command, length, type (two), the longest wait in ms.
  int32_t* registers = exported("registers")->data;
  char* slab = exported("slab")->data;
  char* inbox = exported("inbox")->data;
  registers[1] = IPC_PRIVATE;
  registers[2] = IPC_CREAT | 0600;
  const int32_t id = call("msgget");
  if (id < 0) expect("msgget", id, 0);
  registers[0] = id;
  registers[2] = IPC_NOWAIT;
  registers[4] = 5;
  registers[5] = 7;
  registers[6] = 0;
  registers[7] = -1;
  memcpy(slab + 8, "hello", 5);
  expect("msgsnd", call("msgsnd"), 0);

  struct msqid_ds status;
  expect("msgctl", msgctl(id, IPC_STAT, &status), 0);
  expect("messages in the queue", (int64_t)status.msg_qnum, 1);

  registers[4] = 100;
  registers[5] = 0;
  expect("msgrcv", call("msgrcv"), 5);
  expect("the type", registers[5], 7);
  expect("the text", memcmp(inbox + 8, "hello", 5), 0);
  // A bounded wait, with its signal: here nothing comes.
  registers[2] = 0;
  registers[7] = 20;
  expect("a wait of 20 ms", call("msgrcv"), -ETIMEDOUT);
  expect("removeQueue", call("removeQueue"), 0);
  puts("sent and received");
  return 0;
}
