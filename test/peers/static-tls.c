// A library with BYTES bytes of static thread-local storage, as some language runtimes bring: the C library takes them
// from each thread's stack.
#ifndef BYTES
#define BYTES 0
#endif
__attribute__((tls_model("initial-exec"))) __thread char static_tls[BYTES + 1];
char *use_static_tls(void) { return static_tls; }
