#include "ir/words.h"

#include <algorithm>
#include <array>
#include <set>

namespace hidet {

namespace {

template <class Enum>
struct Words;
#define HIDET_WORDS(Enum, ...)                                                \
  template <>                                                                 \
  struct Words<Enum> {                                                        \
    static constexpr auto all = std::to_array<std::string_view>(__VA_ARGS__); \
  };                                                                          \
  [[maybe_unused]] std::string_view word_of(Enum value) {                     \
    return Words<Enum>::all[static_cast<size_t>(value)];                      \
  }

HIDET_WORDS(ForKind, {"serial", "unrolled", "parallel", "vector", "blocks", "threads"})
HIDET_WORDS(WorkerScope, {"core", "lane", "block", "warp", "thread"})
HIDET_WORDS(Transport, {"direct", "cp_async", "tma"})
HIDET_WORDS(ReduceKind, {"sum", "prod", "max", "min", "any", "all"})
HIDET_WORDS(AsyncKind, {"cp_async", "wgmma"})
HIDET_WORDS(SiteKind, {"read", "store", "map", "rowwise"})
HIDET_WORDS(Level, {"mapped", "loops", "target"})
HIDET_WORDS(Scope, {"global", "constant", "shared", "local", "registers", "barrier"})
#undef HIDET_WORDS

constexpr auto kDTypes = std::to_array<std::string_view>({
#define HIDET_DTYPE(name, bits, class) #name,
#include "base/dtypes.def"
#undef HIDET_DTYPE
});

}  // namespace

std::string_view name_of(ForKind kind) {
  return word_of(kind);
}
std::string_view name_of(WorkerScope scope) {
  return word_of(scope);
}
std::string_view name_of(Transport transport) {
  return word_of(transport);
}
std::string_view name_of(ReduceKind kind) {
  return word_of(kind);
}
std::string_view name_of(AsyncKind kind) {
  return word_of(kind);
}
std::string_view name_of(SiteKind kind) {
  return word_of(kind);
}
std::string_view name_of(Level level) {
  return word_of(level);
}

template <class Enum>
std::optional<Enum> find_word(std::string_view word) {
  const auto& all = Words<Enum>::all;
  const auto it = std::find(all.begin(), all.end(), word);
  if (it == all.end()) return std::nullopt;
  return static_cast<Enum>(it - all.begin());
}
template std::optional<ForKind> find_word(std::string_view);
template std::optional<WorkerScope> find_word(std::string_view);
template std::optional<Transport> find_word(std::string_view);
template std::optional<ReduceKind> find_word(std::string_view);
template std::optional<AsyncKind> find_word(std::string_view);
template std::optional<SiteKind> find_word(std::string_view);
template std::optional<Level> find_word(std::string_view);
template std::optional<Scope> find_word(std::string_view);

std::optional<DType> find_dtype(std::string_view word) {
  const auto it = std::find(kDTypes.begin(), kDTypes.end(), word);
  if (it == kDTypes.end()) return std::nullopt;
  return static_cast<DType>(it - kDTypes.begin());
}

bool is_reserved(std::string_view word) {
  static const std::set<std::string_view> words = {
      "program",   "target",     "level",    "threads",  "grid",      "size",    "let",
      "define",    "for",        "in",       "range",    "if",        "else",    "allocate",
      "outline",   "report",     "fill",     "copy",     "reduce",    "mma",     "async",
      "commit",    "wait",       "barrier",  "arrive",   "expect",    "roles",   "transpose",
      "by",        "with",       "covers",   "through",  "signal",    "axis",    "masked",
      "ramp",      "broadcast",  "true",     "false",    "inf",       "nan",     "function",
      "layout",    "offset",     "swizzle",  "padded",   "order",     "spatial", "repeat",
      "replicate", "serial",     "unrolled", "parallel", "vector",    "core",    "lane",
      "block",     "warp",       "thread",   "read",     "store",     "map",     "rowwise",
      "global",    "constant",   "shared",   "local",    "registers", "code",    "parity",
      "bytes",     "leaving",    "warps",    "arrivals", "align",     "blocks",  "exchange",
      "lanes",     "instruction"};
  return words.count(word) != 0 || find_dtype(word) || find_function(word) ||
         word.starts_with("inf_") || word.starts_with("nan_");
}

}  // namespace hidet
