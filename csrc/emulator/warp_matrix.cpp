#include "emulator/warp_matrix.h"

#include <cstring>
#include <map>
#include <string>

#include "base/error.h"
#include "emulator/operand_value.h"

namespace hidet {

namespace {

constexpr int kRows = 16, kColumns = 8, kMostK = 16;
typedef float Sums __attribute__((vector_size(kColumns * sizeof(float))));

}  // namespace

FragmentMap::FragmentMap(const TaskMapping<int64_t>& mapping)
    : workers_(static_cast<int>(mapping.workers())),
      elements_(static_cast<int>(mapping.local_size())) {
  places_.reserve(static_cast<size_t>(workers_) * elements_);
  for (int worker = 0; worker < workers_; ++worker)
    for (const std::vector<int64_t>& task : mapping.tasks(worker))
      places_.push_back({static_cast<int16_t>(task[0]), static_cast<int16_t>(task[1])});
  HIDET_ASSERT(places_.size() == static_cast<size_t>(workers_) * elements_,
               "a fragment of {} elements for {} workers", places_.size(), workers_);
}

WarpProduct::WarpProduct(const MmaAtom& atom)
    : type_(atom.operand), k_(atom.k), a_(atom.a), b_(atom.b), sums_(atom.accumulator) {
  HIDET_ASSERT(!atom.asynchronous && atom.m == kRows && atom.n == kColumns && k_ <= kMostK,
               "{} is no product of a warp", atom.name);
}

const WarpProduct& WarpProduct::of(std::string_view name) {
  static const std::map<std::string, WarpProduct, std::less<>> all = [] {
    std::map<std::string, WarpProduct, std::less<>> made;
    for (const char* each : {"m16n8k16_bf16", "m16n8k16_f16", "m16n8k8_tf32"})
      made.emplace(each, WarpProduct(*find_mma_atom(each)));
    return made;
  }();
  const auto found = all.find(name);
  HIDET_ASSERT(found != all.end(), "{} is no product of a warp", name);
  return found->second;
}

float WarpProduct::operand(const uint32_t* registers, int element) const {
  if (type_ == DType::f32) return value_of_tf32(registers[element]);
  const auto bits = static_cast<uint16_t>(registers[element / 2] >> element % 2 * 16);
  return type_ == DType::bf16 ? value_of_bf16(bits) : value_of_f16(bits);
}

void WarpProduct::operator()(std::span<const ProductRegisters, 32> lanes) const {
  float a[kRows][kMostK];
  alignas(Sums) float b[kMostK][kColumns], d[kRows][kColumns];
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < a_.elements(); ++i)
      a[a_.row(lane, i)][a_.column(lane, i)] = operand(lanes[lane].a, i);
    for (int i = 0; i < b_.elements(); ++i)
      b[b_.row(lane, i)][b_.column(lane, i)] = operand(lanes[lane].b, i);
    for (int i = 0; i < sums_.elements(); ++i)
      d[sums_.row(lane, i)][sums_.column(lane, i)] = lanes[lane].d[i];
  }
  for (int row = 0; row < kRows; ++row) {
    // The products are exact.
    Sums sums = *reinterpret_cast<const Sums*>(d[row]);
    for (int k = 0; k < k_; ++k) sums += a[row][k] * *reinterpret_cast<const Sums*>(b[k]);
    std::memcpy(d[row], &sums, sizeof(sums));
  }
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < sums_.elements(); ++i)
      lanes[lane].d[i] = d[sums_.row(lane, i)][sums_.column(lane, i)];
}

void load_matrices(std::span<const uint8_t* const> rows, bool transpose,
                   std::span<uint32_t* const, 32> registers) {
  const int count = static_cast<int>(rows.size()) / 8;
  const auto element = [&](int matrix, int row, int column) {
    uint16_t bits;
    std::memcpy(&bits, rows[matrix * 8 + row] + column * 2, sizeof(bits));
    return static_cast<uint32_t>(bits);
  };
  for (int matrix = 0; matrix < count; ++matrix)
    for (int lane = 0; lane < 32; ++lane) {
      const int slow = lane / 4, fast = lane % 4 * 2;
      registers[lane][matrix] =
          transpose ? element(matrix, fast, slow) | element(matrix, fast + 1, slow) << 16
                    : element(matrix, slow, fast) | element(matrix, slow, fast + 1) << 16;
    }
}

}  // namespace hidet
