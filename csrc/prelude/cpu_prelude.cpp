#include "prelude/cpu_prelude.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "prelude/cpu_helpers.h"

namespace hidet {

std::string_view spelled(DType dtype) {
  switch (dtype) {
    case DType::b8:
      return "bool";
    case DType::u8:
      return "uint8_t";
    case DType::i8:
      return "int8_t";
    case DType::u16:
    case DType::f16:
    case DType::bf16:
      return "uint16_t";
    case DType::i16:
      return "int16_t";
    case DType::u32:
      return "uint32_t";
    case DType::i32:
      return "int32_t";
    case DType::u64:
      return "uint64_t";
    case DType::i64:
      return "int64_t";
    case DType::f32:
      return "float";
    case DType::f64:
      return "double";
    case DType::opaque:
      break;
  }
  HIDET_UNREACHABLE("dtype {}", static_cast<int>(dtype));
}

namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return result;
}

DType stored_as(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16 ? DType::u16 : dtype;
}

// Signed, of the same width.
DType integer_of(DType dtype) {
  switch (bits_of(dtype)) {
    case 8:
      return DType::i8;
    case 16:
      return DType::i16;
    case 32:
      return DType::i32;
    default:
      return DType::i64;
  }
}

// Operands of a function of the C library; 0 for other names.
int library_arity(std::string_view name) {
  for (const char* unary :
       {"exp",  "exp2", "expm1", "log",  "log2", "log10", "log1p", "sin",   "cos", "tan", "asin",
        "acos", "atan", "sinh",  "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"})
    if (name == unary) return 1;
  return name == "atan2" || name == "pow" || name == "fmod" ? 2 : 0;
}

std::string shuffle(int first, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += hidet::format(", {}", first + i);
  return text;
}

// `text` with each $name replaced.
template <class F>
std::string expand(std::string_view text, F&& value_of) {
  std::string result;
  while (!text.empty()) {
    const size_t mark = text.find('$');
    result += text.substr(0, mark);
    if (mark == text.npos) break;
    text.remove_prefix(mark + 1);
    size_t length = 0;
    while (length < text.size() && (std::isalnum(text[length]) || text[length] == '_')) ++length;
    result += value_of(text.substr(0, length));
    text.remove_prefix(length);
  }
  return result;
}

}  // namespace

bool CpuPrelude::has(std::string_view feature) const {
  return std::find(features_.begin(), features_.end(), feature) != features_.end();
}

std::string CpuPrelude::type(DType dtype, int lanes) {
  dtype = stored_as(dtype);
  const std::string scalar(spelled(dtype));
  if (scalar.ends_with("_t") && declared_.insert(scalar).second) {
    types_ += hidet::format("typedef __{}_TYPE__ {};\n", upper(scalar.substr(0, scalar.size() - 2)),
                            scalar);
  }
  if (lanes == 1) return scalar;
  HIDET_ASSERT(dtype != DType::b8, "a vector of b8 is a mask of integers");
  HIDET_ASSERT((lanes & (lanes - 1)) == 0, "a vector of {} lanes", lanes);
  const std::string name = hidet::format("{}x{}", name_of(dtype), lanes);
  if (declared_.insert(name).second) {
    types_ += hidet::format("typedef {} {} __attribute__((vector_size({})));\n", scalar, name,
                            lanes * bytes_of(dtype));
  }
  return name;
}

std::string CpuPrelude::function(std::string_view name, DType dtype, int lanes) {
  dtype = stored_as(dtype);
  // Conversions carry their types in their name: f32_from_bf16x16.
  std::string full(name);
  if (name.find("_from_") == name.npos) full += hidet::format("_{}", name_of(dtype));
  if (lanes != 1) full += hidet::format("x{}", lanes);
  if (declared_.count(full)) return full;
  const std::string native_body = native(name, dtype, lanes);
  const std::string body = native_body.empty() ? body_of(name, dtype, lanes) : native_body;

  const std::string text = expand(body, [&](std::string_view key) {
    return key == "NAME" ? full : value_of(key, name, dtype, lanes);
  });
  declared_.insert(full);
  if (functions_.empty())
    functions_ = "#define INLINE static inline __attribute__((always_inline))\n";
  functions_ += text;
  return full;
}

// What a $key stands for in the text of `helper`; declares what it names.
std::string CpuPrelude::value_of(std::string_view key, std::string_view helper, DType dtype,
                                 int lanes) {
  const bool wide = bits_of(dtype) == 64;
  if (key == "V") return type(dtype, lanes);
  if (key == "S") return type(dtype);
  if (key == "L") return std::to_string(lanes);
  if (key == "H") return type(dtype, lanes / 2);
  if (key == "I") return type(integer_of(dtype), lanes);
  if (key == "F") return type(DType::f32, lanes);
  if (key == "U16") return type(DType::u16, lanes);
  if (key == "U32") return type(DType::u32, lanes);
  if (key == "Index") return type(DType::i64, lanes);
  if (key == "Size") return type(DType::i64);
  if (key == "Unaligned") return unaligned(dtype, lanes);
  if (key == "lowest") return shuffle(0, lanes / 2);
  if (key == "highest") return shuffle(lanes / 2, lanes / 2);
  if (key == "all") return shuffle(0, lanes);
  if (key == "half") return function(helper, dtype, lanes / 2);
  if (key == "scalar_fma") return function("fma", dtype);
  if (key == "abs") return wide ? "__builtin_fabs" : "__builtin_fabsf";
  if (key == "suffix") return wide ? "" : "f";
  if (key == "exponent_bits") return wide ? "0x7fffffffffffffff" : "0x7fffffff";
  if (key == "integral") return wide ? "4503599627370496.0" : "8388608.0f";
  if (key == "fused")
    return wide ? "__builtin_fma(a, b, c)" : "(float)((double)a * (double)b + (double)c)";
  return function(key, dtype, lanes);
}

std::string CpuPrelude::unaligned(DType dtype, int lanes) {
  const std::string vector = type(dtype, lanes), name = vector + "_unaligned";
  if (declared_.insert(name).second) {
    types_ += hidet::format("typedef {} {} __attribute__((aligned({}), may_alias));\n", vector,
                            name, bytes_of(dtype));
  }
  return name;
}

std::string CpuPrelude::native(std::string_view name, DType dtype, int lanes) {
  const int width = lanes * bits_of(dtype);
  for (const NativeHelper& helper : native_helpers()) {
    if (helper.name == name && helper.dtype == dtype && helper.lanes == lanes &&
        has(helper.feature) && (helper.feature != "avx512f" || width == 512 || has("avx512vl"))) {
      return std::string(helper.text);
    }
  }
  return {};
}

std::string CpuPrelude::body_of(std::string_view name, DType dtype, int lanes) {
  // Functions of the C library, lane by lane.
  if (const int arity = is_floating(dtype) ? library_arity(name) : 0) {
    const std::string second = arity == 2 ? ", $V y" : "", operand = arity == 2 ? ", y" : "";
    const std::string call = hidet::format("__builtin_{}$suffix", name);
    if (lanes == 1)
      return hidet::format("INLINE $V $NAME($V x{}) {{ return {}(x{}); }}\n", second, call,
                           operand);
    return hidet::format(
        "INLINE $V $NAME($V x{}) {{\n"
        "  for (int l = 0; l < $L; ++l) x[l] = {}(x[l]{});\n"
        "  return x;\n}}\n",
        second, call, arity == 2 ? ", y[l]" : "");
  }
  // A vector wider than a register is halved while a half has an instruction.
  for (const HalvedHelper& helper : halved_helpers()) {
    if (helper.name != name) continue;
    for (int half = lanes / 2; half >= 2; half /= 2) {
      if (!native(name, dtype, half).empty()) return std::string(helper.text);
    }
  }
  const HelperKind kind = lanes == 1 ? HelperKind::scalar : HelperKind::vector;
  for (const Helper& helper : helpers()) {
    const bool fits = helper.kind == HelperKind::any || helper.kind == kind ||
                      (helper.kind == HelperKind::pair && lanes == 2);
    const bool of_class = helper.numbers == Numbers::any ||
                          (helper.numbers == Numbers::floating) == is_floating(dtype);
    if (helper.name == name && fits && of_class) return std::string(helper.text);
  }
  HIDET_UNREACHABLE("the CPU prelude has no {} of {}x{}", name, name_of(dtype), lanes);
}

std::string CpuPrelude::not_finite(double value, DType dtype) {
  const std::string suffix = dtype == DType::f64 ? "" : "f";
  if (std::isnan(value)) return hidet::format("__builtin_nan{}(\"\")", suffix);
  return hidet::format("{}__builtin_inf{}()", value < 0 ? "-" : "", suffix);
}

std::string CpuPrelude::same_bits(DType to, DType, const std::string& value) {
  return hidet::format("__builtin_bit_cast({}, {})", type(to), value);
}

std::string CpuPrelude::text() const {
  return functions_.empty() ? types_ : types_ + functions_;
}

}  // namespace hidet
