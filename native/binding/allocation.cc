// operator new and delete on malloc, so that the addon needs nothing of the C++ runtime library: one binary then serves
// every distribution. Nothing here throws; out of memory ends the process, as it does in V8.
#include <cstdlib>
#include <new>

void* operator new(std::size_t bytes) {
  void* memory = malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) abort();
  return memory;
}

void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
