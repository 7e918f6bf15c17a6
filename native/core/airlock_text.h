// The keystream that an airlock writes into a slot before msgrcv, and the hash by which it recognizes a message.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sysvmq {

// Fills `text` with the keystream of `seed`. A message overwrites its beginning, so the message ends where the
// keystream begins again, unless the message's last byte happens to equal the keystream's.
void FillKeystream(uint64_t seed, char* text, size_t bytes);

// The length of the text over the keystream: the place from which the keystream goes on to the end.
size_t LengthOverKeystream(uint64_t seed, const char* text, size_t bytes);

// A hash against damage and mistakes, not against attacks.
uint64_t HashText(const char* text, size_t bytes);

// Mixes a value into a hash.
uint64_t MixHash(uint64_t hash, uint64_t value);

}  // namespace sysvmq
