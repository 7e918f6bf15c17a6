// What a fuzzer insists on: a failure ends it, and libFuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define MUST(condition)                                                             \
  do {                                                                              \
    if (condition) break;                                                           \
    fprintf(stderr, "%s:%d: this must hold: %s\n", __FILE__, __LINE__, #condition); \
    abort();                                                                        \
  } while (false)
