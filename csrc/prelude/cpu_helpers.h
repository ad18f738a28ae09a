// The table of CPU helpers. Text with $V the vector type, $S its element, $L the lanes, $I integers
// of the same width, $H a vector of half the lanes, $NAME the helper itself.
#pragma once

#include <string_view>
#include <vector>

#include "base/dtype.h"

namespace hidet {

enum class HelperKind { any, scalar, vector, pair };  // pair: two lanes
enum class Numbers { any, floating, integer };

// The first row that fits is taken.
struct Helper {
  std::string_view name;
  HelperKind kind;
  Numbers numbers;
  std::string_view text;
};
const std::vector<Helper>& helpers();

// One instruction of an extension, which takes precedence.
struct NativeHelper {
  std::string_view name;
  DType dtype;
  int lanes;
  std::string_view feature;
  std::string_view text;
};
const std::vector<NativeHelper>& native_helpers();

// How a vector wider than a register is treated, in terms of $half.
struct HalvedHelper {
  std::string_view name;
  std::string_view text;
};
const std::vector<HalvedHelper>& halved_helpers();

}  // namespace hidet
