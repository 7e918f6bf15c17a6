// What an airlock writes into a slot before a message comes, and how it knows a message again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sysvmq {

// Fills `text` with the keystream of `seed`. A message that arrives overwrites its beginning, so the place where the
// keystream begins again is where the message ends, unless its last byte happens to be the keystream's.
void FillKeystream(uint64_t seed, char* text, size_t bytes);

// The length of what was written over the keystream: where the keystream begins again, and goes on to the end.
size_t LengthOverKeystream(uint64_t seed, const char* text, size_t bytes);

// A hash that tells damage and mistakes, not attacks.
uint64_t HashText(const char* text, size_t bytes);

// Mixes a value into a hash.
uint64_t MixHash(uint64_t hash, uint64_t value);

}  // namespace sysvmq
