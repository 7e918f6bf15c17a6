// How a std::unique_ptr frees an object of ours.
//
// One policy for a lack of memory, here and in native/binding: an object of a fixed size comes from operator new, which
// ends the process when memory runs out, as V8 does (native/binding/allocation.cc). Memory of the size of a message, of
// an airlock, or of a table that a caller can make grow comes from malloc, and a failure is returned: -ENOMEM, false or
// nullptr.
#pragma once

#include <memory>

namespace sysvmq {

// Passes the object to a function that frees it.
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
