#include "emulator/group_product.h"

#include <cstring>
#include <map>
#include <mutex>

#include "base/error.h"

namespace hidet {

namespace {

constexpr int kRows = 64, kDepth = 16;
typedef float Eight __attribute__((vector_size(32)));

const FragmentMap& sums_of(int columns) {
  static std::mutex mutex;
  static std::map<int, FragmentMap> all;
  const std::lock_guard lock(mutex);
  if (const auto found = all.find(columns); found != all.end()) return found->second;
  const auto atom = find_mma_atom(hidet::format("m64n{}k16_bf16", columns));
  HIDET_ASSERT(atom, "no asynchronous product has {} columns", columns);
  return all.emplace(columns, FragmentMap(atom->accumulator)).first->second;
}

// Where a pattern begins, the addresses' bits 7 to 9 are zero; only then is the base offset zero.
std::string descriptor_error(const char* operand, uint64_t bits, bool has_groups) {
  const SharedDescriptor descriptor = SharedDescriptor::decode(bits);
  if (descriptor.base_offset != 0)
    return hidet::format("the descriptor of {} has the base offset {}; 0 is supported", operand,
                         descriptor.base_offset);
  const uint32_t period = static_cast<uint32_t>(descriptor.pattern_bytes) * 8;
  if (has_groups && period && descriptor.stride_bytes % period != 0)
    return hidet::format(
        "the descriptor of {} steps by {} bytes in a pattern that repeats every "
        "{} bytes",
        operand, descriptor.stride_bytes, period);
  return "";
}

}  // namespace

std::string group_product_error(const GroupProductOperands& operands) {
  if (operands.columns < 8 || operands.columns > 256 || operands.columns % 8 != 0)
    return hidet::format("{} columns: no multiple of 8 up to 256", operands.columns);
  if (std::string error = descriptor_error("a", operands.a, true); !error.empty()) return error;
  return descriptor_error("b", operands.b, operands.transpose_b || operands.columns > 8);
}

void visit_operands(const GroupProductOperands& operands, int warp, const SharedBlocks& blocks) {
  visit_blocks(SharedDescriptor::decode(operands.a), operands.transpose_a, warp * kRows / 4,
               kRows / 4, blocks);
  visit_blocks(SharedDescriptor::decode(operands.b), operands.transpose_b, 0, operands.columns,
               blocks);
}

void group_product(const GroupProductOperands& operands, const SharedBlocks& blocks,
                   std::span<float* const, 128> sums) {
  const int columns = operands.columns;
  std::vector<float> a(kRows * kDepth), rows_of_b(static_cast<size_t>(columns) * kDepth);
  read_operand(SharedDescriptor::decode(operands.a), operands.transpose_a, operands.is_bf16, blocks,
               a);
  read_operand(SharedDescriptor::decode(operands.b), operands.transpose_b, operands.is_bf16, blocks,
               rows_of_b);
  std::vector<float> b(rows_of_b.size()), d(static_cast<size_t>(kRows) * columns);
  for (int column = 0; column < columns; ++column)
    for (int k = 0; k < kDepth; ++k)
      b[static_cast<size_t>(k * columns + column)] =
          rows_of_b[static_cast<size_t>(column * kDepth + k)];
  const FragmentMap& places = sums_of(columns);
  const auto element = [&](int thread, int i) -> float& {
    return d[static_cast<size_t>(places.row(thread, i) * columns + places.column(thread, i))];
  };
  if (operands.keep_sums)
    for (int thread = 0; thread < 128; ++thread)
      for (int i = 0; i < places.elements(); ++i) element(thread, i) = sums[thread][i];
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < columns; column += 8) {
      float* at = &d[static_cast<size_t>(row * columns + column)];
      Eight sum;
      std::memcpy(&sum, at, sizeof(sum));
      for (int k = 0; k < kDepth; ++k) {
        Eight factors;
        std::memcpy(&factors, &b[static_cast<size_t>(k * columns + column)], sizeof(factors));
        sum += a[static_cast<size_t>(row * kDepth + k)] * factors;
      }
      std::memcpy(at, &sum, sizeof(sum));
    }
  for (int thread = 0; thread < 128; ++thread)
    for (int i = 0; i < places.elements(); ++i) sums[thread][i] = element(thread, i);
}

}  // namespace hidet
