/* LD_PRELOAD: a disk whose fdatasync takes FDATASYNC_US microseconds longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int file) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  usleep((useconds_t)atoi(getenv("FDATASYNC_US")));
  return next(file);
}
