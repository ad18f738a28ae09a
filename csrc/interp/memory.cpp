#include "interp/memory.h"

namespace hidet {

namespace {
std::string listed(const std::vector<int64_t>& numbers) {
  std::string text;
  for (int64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}
}  // namespace

std::string Memory::element_name(const std::vector<int64_t>& index) const {
  return hidet::format("{}[{}]", name, listed(index));
}

int64_t Memory::place(const std::vector<int64_t>& index) const {
  if (index.size() != shape.size())
    throw InterpretError(
        hidet::format("{} indices for {}, of rank {}", index.size(), name, shape.size()));
  int64_t offset = 0;
  for (size_t axis = 0; axis < index.size(); ++axis) {
    if (index[axis] < 0 || index[axis] >= shape[axis])
      throw InterpretError(hidet::format("{} is out of bounds: the shape is [{}]",
                                         element_name(index), listed(shape)));
    offset = offset * shape[axis] + index[axis];
  }
  if (layout && !index.empty()) offset = layout->offset(index);
  if (offset < 0 || offset >= size)
    throw InterpretError(
        hidet::format("{} lies at {} of {} elements", element_name(index), offset, size));
  return offset;
}

Scalar Memory::read(int64_t place, int lane, bool late) const {
  const auto at = static_cast<size_t>(place);
  if (!late && in_flight[at])
    throw InterpretError(hidet::format(
        "element {} of {} is read, which unfinished asynchronous work writes", place, name));
  if (!written[at])
    throw InterpretError(
        hidet::format("element {} of {} is read, which nothing has written", place, name));
  return values[static_cast<size_t>(place * type.lanes + lane)];
}

void Memory::write(int64_t place, Scalar value, int lane, bool late) {
  const auto at = static_cast<size_t>(place);
  if (!late && in_flight[at])
    throw InterpretError(hidet::format(
        "element {} of {} is written, which unfinished asynchronous work writes", place, name));
  written[at] = true;
  values[static_cast<size_t>(place * type.lanes + lane)] = value;
}

}  // namespace hidet
