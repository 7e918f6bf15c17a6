// Numbers for objects, so that JavaScript can refer to one but cannot forge a pointer.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace sysvmq {

// `Owner` is a std::unique_ptr. The table owns its items, and its destructor frees those that are left, in the order of
// the slots.
template <typename Owner>
class SlotTable {
 public:
  using T = typename Owner::element_type;

  SlotTable() = default;
  ~SlotTable() {
    Clear();
    free(items_);
  }
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;

  // Adds `item` and returns its slot; -1 when memory is short: the item is then freed.
  int32_t Add(Owner item) {
    if (free_slot_ == count_ && !Grow()) return -1;
    const int32_t slot = free_slot_;
    items_[slot] = item.release();
    while (free_slot_ < count_ && items_[free_slot_] != nullptr) free_slot_++;
    return slot;
  }

  // The item in `slot`, or nullptr when there is none.
  T* Get(int32_t slot) const { return slot >= 0 && slot < count_ ? items_[slot] : nullptr; }

  // Removes the item from the table. The caller owns it.
  Owner Take(int32_t slot) {
    T* item = Get(slot);
    if (item == nullptr) return nullptr;
    items_[slot] = nullptr;
    if (slot < free_slot_) free_slot_ = slot;
    return Owner(item);
  }

  // Frees the item. False when there is none.
  bool Remove(int32_t slot) { return Take(slot) != nullptr; }

  void Clear() {
    for (int32_t slot = 0; slot < count_; slot++) Remove(slot);
  }

  // The number of slots, empty ones included.
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
