#include "target/mma_atom.h"

#include <charconv>

namespace hidet {

namespace {

// The number that follows `letter` at the start of the text, which it leaves behind; 0: none.
int take(std::string_view& text, char letter) {
  if (text.empty() || text[0] != letter) return 0;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), value);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

}  // namespace

int sm_number(std::string_view target) {
  if (!target.starts_with("sm_")) return 0;
  int value = 0;
  std::from_chars(target.data() + 3, target.data() + target.size(), value);
  return value;
}

bool MmaAtom::is_on(std::string_view target) const {
  return asynchronous ? target == "sm_90a" : sm_number(target) >= 80;
}

std::optional<MmaAtom> find_mma_atom(std::string_view name) {
  std::string_view rest = name;
  MmaAtom atom;
  atom.name = name;
  atom.m = take(rest, 'm');
  atom.n = take(rest, 'n');
  atom.k = take(rest, 'k');
  const bool half = rest == "_f16" || rest == "_bf16";
  if (half) atom.operand = rest == "_f16" ? DType::f16 : DType::bf16;
  const auto lanes = spatial(8, 4);
  atom.accumulator = repeat(2, 1) * lanes * repeat(1, 2);
  if (half && atom.m == 16 && atom.n == 8 && atom.k == 16) {
    atom.a = repeat<int64_t>({2, 2}, {1, 0}) * lanes * repeat(1, 2);
    atom.b = repeat(2, 1) * spatial<int64_t>({4, 8}, {1, 0}) * repeat(2, 1);
    return atom;
  }
  if (rest == "_tf32" && atom.m == 16 && atom.n == 8 && atom.k == 8) {
    atom.a = repeat<int64_t>({2, 2}, {1, 0}) * lanes;
    atom.b = repeat(2, 1) * spatial<int64_t>({4, 8}, {1, 0});
    return atom;
  }
  if (half && atom.m == 64 && atom.n >= 8 && atom.n <= 256 && atom.n % 8 == 0 && atom.k == 16) {
    atom.asynchronous = true;
    atom.accumulator = spatial(4, 1) * repeat(1, atom.n / 8) * atom.accumulator;
    atom.a = spatial(4, 1) * repeat<int64_t>({2, 2}, {1, 0}) * lanes * repeat(1, 2);
    return atom;
  }
  return std::nullopt;
}

}  // namespace hidet
