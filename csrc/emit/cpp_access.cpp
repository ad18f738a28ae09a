#include "emit/cpp_expr.h"

namespace hidet {

std::string CppExprs::pointer(Buffer buffer, Expr base) {
  const std::string& name = name_of(buffer);
  return is_int(base, 0) ? name : name + " + " + print(base, Strength::product);
}

CppExprs::Text CppExprs::load_text(Buffer buffer, Expr index, Expr mask, Expr otherwise) {
  const bool is_mask = buffer->type.dtype == DType::b8;
  const DType dtype = is_mask ? DType::u8 : buffer->type.dtype;
  const int lanes = index.type().lanes;
  const auto test = [&](std::string text) -> Text {
    if (!is_mask) return {std::move(text), Strength::primary};
    return {std::move(text) + " != 0", Strength::equality};
  };
  if (buffer->type.is_vector()) {  // registers: a mask lies there in 8 bits
    HIDET_ASSERT(lanes == 1, "vectors of vectors in {}", buffer->name);
    return {hidet::format("{}[{}]", name_of(buffer), print(index)), Strength::primary};
  }
  if (lanes == 1) {
    const std::string element = hidet::format("{}[{}]", name_of(buffer), print(index));
    if (!mask) return test(element);
    return {hidet::format("{} ? {} : {}", print(mask, Strength::logical_or),
                          wrap(test(element), Strength::logical_or),
                          print(otherwise, Strength::logical_or)),
            Strength::ternary};
  }
  const auto* ramp = index.as<Ramp>();
  const bool contiguous = ramp && is_int(ramp->stride, 1);
  const auto helper = [&](std::string_view name) { return prelude_.function(name, dtype, lanes); };
  if (!mask) {
    if (contiguous)
      return test(hidet::format("{}({})", helper("load"), pointer(buffer, ramp->base)));
    if (ramp)
      return test(hidet::format("{}({}, {})", helper("load_strided"), pointer(buffer, ramp->base),
                                print(ramp->stride)));
    return test(hidet::format("{}({}, {})", helper("gather"), name_of(buffer), print(index)));
  }
  if (const auto* all = mask.as<Broadcast>(); all && contiguous) {
    const Text loaded = load_text(buffer, index, {}, {});
    return {
        hidet::format("{} ? {} : {}", print(all->value, Strength::logical_or),
                      wrap(loaded, Strength::logical_or), print(otherwise, Strength::logical_or)),
        Strength::ternary};
  }
  if (contiguous) {
    const std::string from = pointer(buffer, ramp->base);
    const Expr count = prefix_count(mask);
    Text loaded = test(count ? hidet::format("{}({}, {})", helper("load_first"), from, print(count))
                             : hidet::format("{}({}, {})", helper("load_masked"), from,
                                             this->mask(mask, bits_of(dtype))));
    const auto* fill = otherwise.as<Broadcast>();
    const auto* constant = fill ? fill->value.as<Constant>() : nullptr;
    if (constant && constant->bits == 0) return loaded;
    return {hidet::format("{} ? {} : {}", this->mask(mask, bits_of(dtype), Strength::logical_or),
                          wrap(loaded, Strength::logical_or),
                          is_mask ? this->mask(otherwise, 8, Strength::logical_or)
                                  : print(otherwise, Strength::logical_or)),
            Strength::ternary};
  }
  std::string filler = is_mask ? hidet::format("({}){}", prelude_.type(DType::u8, lanes),
                                               this->mask(otherwise, 8, Strength::unary))
                               : print(otherwise);
  return test(hidet::format("{}({}, {}, {}, {})", helper("gather_masked"), name_of(buffer),
                            print(index), this->mask(mask, bits_of(dtype)), filler));
}

std::string CppExprs::load(Buffer buffer, Expr index, Expr mask, Expr otherwise, Strength least) {
  return wrap(load_text(buffer, index, mask, otherwise), least);
}

std::string CppExprs::prefetch(Buffer buffer, Expr index) {
  // For reading; 2: into the cache of the second level.
  return hidet::format("__builtin_prefetch({} + {}, 0, 2);", name_of(buffer),
                       print(index, Strength::sum));
}

std::string CppExprs::store(Buffer buffer, Expr index, Expr value, Expr mask) {
  const bool is_mask = buffer->type.dtype == DType::b8;
  const DType dtype = is_mask ? DType::u8 : buffer->type.dtype;
  const int lanes = index.type().lanes;
  if (buffer->type.is_vector()) {
    const std::string target = hidet::format("{}[{}]", name_of(buffer), print(index));
    const std::string what =
        is_mask ? this->mask(value, 8, Strength::logical_or) : print(value, Strength::logical_or);
    if (!mask) return hidet::format("{} = {};", target, is_mask ? what : print(value));
    return hidet::format("{0} = {1} ? {2} : {0};", target,
                         this->mask(mask, bits_of(dtype), Strength::logical_or), what);
  }
  if (lanes == 1) {
    const std::string target = hidet::format("{}[{}]", name_of(buffer), print(index));
    std::string text = hidet::format("{} = {};", target, print(value));
    return mask ? hidet::format("if ({}) {}", print(mask), text) : text;
  }
  std::string what = is_mask ? hidet::format("({}){} & 1", prelude_.type(DType::u8, lanes),
                                             this->mask(value, 8, Strength::unary))
                             : print(value);
  const auto* ramp = index.as<Ramp>();
  const bool contiguous = ramp && is_int(ramp->stride, 1);
  const auto helper = [&](std::string_view name) { return prelude_.function(name, dtype, lanes); };
  if (!mask) {
    if (contiguous)
      return hidet::format("{}({}, {});", helper("store"), pointer(buffer, ramp->base), what);
    if (ramp)
      return hidet::format("{}({}, {}, {});", helper("store_strided"), pointer(buffer, ramp->base),
                           what, print(ramp->stride));
    return hidet::format("{}({}, {}, {});", helper("scatter"), name_of(buffer), what, print(index));
  }
  if (Expr count = prefix_count(mask); count && contiguous)
    return hidet::format("{}({}, {}, {});", helper("store_first"), pointer(buffer, ramp->base),
                         what, print(count));
  if (contiguous)
    return hidet::format("{}({}, {}, {});", helper("store_masked"), pointer(buffer, ramp->base),
                         what, this->mask(mask, bits_of(dtype)));
  return hidet::format("{}({}, {}, {}, {});", helper("scatter_masked"), name_of(buffer), what,
                       print(index), this->mask(mask, bits_of(dtype)));
}

}  // namespace hidet
