// operator new and delete on malloc, so that the addon needs no C++ runtime library, and one binary serves every
// distribution. Nothing here throws; running out of memory ends the process, as in V8.
#include <cstdlib>
#include <new>

void* operator new(std::size_t bytes) {
  void* memory = malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) abort();
  return memory;
}

void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
