/*
 * The floor: the least that an addon of Node-API does to send and to receive. The arguments are in registers that
 * JavaScript writes and C reads; each call makes one system call and returns one integer. No data is copied in or
 * handed out, nothing is checked, and no error is made.
 */
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <stdint.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

enum { kMaxBytes = 65536, kPayloads = 16, kPayload = 0, kBytes = 1, kRegisters = 2 };

struct message {
  long type;
  char text[kMaxBytes];
};

static int32_t registers[kRegisters];
static struct message payloads[kPayloads];
static struct message received;
static int queue;

static napi_value integer(napi_env env, int32_t number) {
  napi_value value;
  return napi_create_int32(env, number, &value) == napi_ok ? value : NULL;
}

/* msgsnd of payload registers[kPayload], registers[kBytes] long. */
static napi_value send_now(napi_env env, napi_callback_info info) {
  (void)info;
  int sent = msgsnd(queue, &payloads[registers[kPayload]], (size_t)registers[kBytes], IPC_NOWAIT);
  return integer(env, sent == 0 ? 0 : -errno);
}

/* msgrcv of the oldest message: its length. */
static napi_value receive_now(napi_env env, napi_callback_info info) {
  (void)info;
  ssize_t length = msgrcv(queue, &received, kMaxBytes, 0, IPC_NOWAIT);
  return integer(env, length >= 0 ? (int32_t)length : -errno);
}

/* Whether what was received last is payload registers[kPayload], registers[kBytes] long. */
static napi_value is_payload(napi_env env, napi_callback_info info) {
  (void)info;
  size_t bytes = (size_t)registers[kBytes];
  return integer(env, memcmp(received.text, payloads[registers[kPayload]].text, bytes) == 0);
}

static int export_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

NAPI_MODULE_INIT() {
  for (int i = 0; i < kPayloads; i++) {
    payloads[i].type = 1;
    memset(payloads[i].text, 'a' + i, kMaxBytes);
  }
  queue = msgget(IPC_PRIVATE, 0600);
  if (queue < 0) return NULL;
  napi_value memory;
  napi_value array;
  if (napi_create_external_arraybuffer(env, registers, sizeof registers, NULL, NULL, &memory) != napi_ok ||
      napi_create_typedarray(env, napi_int32_array, kRegisters, memory, 0, &array) != napi_ok ||
      napi_set_named_property(env, exports, "registers", array) != napi_ok ||
      !export_function(env, exports, "sendNow", send_now) ||
      !export_function(env, exports, "receiveNow", receive_now) ||
      !export_function(env, exports, "isPayload", is_payload)) {
    return NULL;
  }
  return exports;
}
