// What a std::unique_ptr does with an object of ours at its end.
//
// One policy for no memory, here and in native/binding: an object of a fixed size comes from operator new, which ends
// the process when there is no memory left, as V8 does (native/binding/allocation.cc). What has the size of a message,
// of an airlock or of a table that a caller makes grow comes from malloc, and a failure is told: -ENOMEM, false or
// nullptr.
#pragma once

#include <memory>

namespace sysvmq {

// Hands the object to a function, which frees it.
template <auto kFunction>
struct EndedBy {
  template <typename T>
  void operator()(T* object) const {
    kFunction(object);
  }
};

template <typename T, auto kFunction>
using OwnedBy = std::unique_ptr<T, EndedBy<kFunction>>;

}  // namespace sysvmq
