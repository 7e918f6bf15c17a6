// Numbers for pointers, so that JavaScript can name an object of ours without being able to make one up.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace sysvmq {

template <typename T>
class SlotTable {
 public:
  SlotTable() = default;
  ~SlotTable() { free(items_); }
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;

  // The slot of `item`, or -1 when there is no memory.
  int32_t Add(T* item) {
    if (free_slot_ == count_ && !Grow()) return -1;
    const int32_t slot = free_slot_;
    items_[slot] = item;
    while (free_slot_ < count_ && items_[free_slot_] != nullptr) free_slot_++;
    return slot;
  }

  // The item in `slot`, or nullptr when there is none.
  T* Get(int32_t slot) const { return slot >= 0 && slot < count_ ? items_[slot] : nullptr; }

  void Remove(int32_t slot) {
    items_[slot] = nullptr;
    if (slot < free_slot_) free_slot_ = slot;
  }

  int32_t Count() const { return count_; }

 private:
  bool Grow() {
    const int32_t count = count_ == 0 ? 8 : count_ * 2;
    auto** items = static_cast<T**>(realloc(items_, static_cast<size_t>(count) * sizeof(T*)));
    if (items == nullptr) return false;
    for (int32_t slot = count_; slot < count; slot++) items[slot] = nullptr;
    items_ = items;
    count_ = count;
    return true;
  }

  T** items_ = nullptr;
  int32_t count_ = 0;
  int32_t free_slot_ = 0;
};

}  // namespace sysvmq
