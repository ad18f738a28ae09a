// Memory: the elements of one buffer, and what is known of each.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "interp/scalar.h"
#include "ir/buffer.h"
#include "mapping/layout.h"

namespace hidet {

struct Memory {
  std::string name;
  Type type;                   // of one element
  std::vector<int64_t> shape;  // of the index
  std::optional<Layout<int64_t>> layout;
  int64_t size = 0;                // elements of storage
  std::vector<Scalar> values;      // size * lanes
  std::vector<bool> written;       // size
  std::vector<uint8_t> in_flight;  // size: asynchronous statements under way that write it
  // Registers with a mapping: the threads that hold an element; empty otherwise.
  std::vector<std::vector<int64_t>> owners;

  // The place of an element in storage; throws InterpretError when it is out of bounds.
  int64_t place(const std::vector<int64_t>& index) const;
  // `late`: by the asynchronous work itself.
  Scalar read(int64_t place, int lane = 0, bool late = false) const;
  void write(int64_t place, Scalar value, int lane = 0, bool late = false);
  std::string element_name(const std::vector<int64_t>& index) const;
};

}  // namespace hidet
