#include "airlock_text.h"

#include <cstring>

namespace sysvmq {

namespace {

constexpr uint64_t kGamma = 0x9E3779B97F4A7C15u;
constexpr uint64_t kMultiplier = 0xD6E8FEB86659FD93u;
constexpr uint64_t kOther = 0xFF51AFD7ED558CCDu;
constexpr size_t kWord = sizeof(uint64_t);

uint64_t KeystreamWord(uint64_t seed, size_t index) {
  uint64_t word = seed + static_cast<uint64_t>(index) * kGamma;
  word = (word ^ (word >> 32)) * kMultiplier;
  return word ^ (word >> 29);
}

uint64_t ReadWord(const char* at) {
  uint64_t word = 0;
  memcpy(&word, at, kWord);
  return word;
}

}  // namespace

void FillKeystream(uint64_t seed, char* text, size_t bytes) {
  size_t index = 0;
  for (; (index + 1) * kWord <= bytes; index++) {
    const uint64_t word = KeystreamWord(seed, index);
    memcpy(text + index * kWord, &word, kWord);
  }
  const uint64_t last = KeystreamWord(seed, index);
  memcpy(text + index * kWord, &last, bytes - index * kWord);
}

size_t LengthOverKeystream(uint64_t seed, const char* text, size_t bytes) {
  size_t length = bytes;
  while (length > 0) {
    const size_t index = (length - 1) / kWord;
    const uint64_t word = KeystreamWord(seed, index);
    if (length % kWord == 0 && ReadWord(text + index * kWord) == word) {
      length -= kWord;
      continue;
    }
    char expected[kWord];
    memcpy(expected, &word, kWord);
    if (text[length - 1] != expected[(length - 1) % kWord]) break;
    length--;
  }
  return length;
}

uint64_t MixHash(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * kMultiplier;
  return hash ^ (hash >> 32);
}

// Four lanes, because a multiplication waits for the result of the one before it.
uint64_t HashText(const char* text, size_t bytes) {
  uint64_t lanes[4] = {kGamma, kMultiplier, kOther, kGamma ^ kOther};
  size_t at = 0;
  for (; bytes - at >= 4 * kWord; at += 4 * kWord) {
    for (size_t lane = 0; lane < 4; lane++) lanes[lane] = MixHash(lanes[lane], ReadWord(text + at + lane * kWord));
  }
  for (; bytes - at >= kWord; at += kWord) lanes[0] = MixHash(lanes[0], ReadWord(text + at));
  uint64_t last = 0;
  memcpy(&last, text + at, bytes - at);
  uint64_t hash = MixHash(lanes[0], last);
  for (size_t lane = 1; lane < 4; lane++) hash = MixHash(hash, lanes[lane]);
  return MixHash(hash, bytes);
}

}  // namespace sysvmq
