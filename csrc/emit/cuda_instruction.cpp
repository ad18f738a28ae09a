#include "emit/cuda_instruction.h"

#include "base/format.h"

namespace hidet {

namespace {

// What the function takes in place of a pointer to elements of the buffer: registers of 32 bits
// where it packs several elements into one.
std::string pointer_type(const Instruction& node, size_t place) {
  const bool product = node.name.starts_with("mma_") && place > 0;
  const bool loaded = node.name.starts_with("ldmatrix_") && place == 0;
  return product ? "(const uint32_t*)" : loaded ? "(uint32_t*)" : "";
}

}  // namespace

std::string cuda_instruction(const Instruction& node, const std::vector<std::string>& addresses,
                             const std::vector<std::string>& values) {
  if (node.name == "round_tf32")
    return hidet::format("*({0}) = hidet_to_tf32(*({0}));", addresses.at(0));
  if (node.name.starts_with("wgmma_k")) {
    // n; then of each operand whether it is transposed, its leading and other stride, its swizzle.
    const auto descriptor = [&](const std::string& address, size_t first) {
      return hidet::format("hidet_shared_descriptor({}, {}, {}, {})", address, values.at(first + 1),
                           values.at(first + 2), values.at(first + 3));
    };
    return hidet::format("hidet_{}<{}, {}, {}>({}, {}, {}, 1);", node.name, values.at(0),
                         values.at(1), values.at(5), addresses.at(0),
                         descriptor(addresses.at(1), 1), descriptor(addresses.at(2), 5));
  }
  std::string text;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const std::string cast = pointer_type(node, i);
    text +=
        hidet::format("{}{}", text.empty() ? "" : ", ",
                      cast.empty() ? addresses[i] : hidet::format("{}({})", cast, addresses[i]));
  }
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return hidet::format("hidet_{}({});", node.name, text);
}

}  // namespace hidet
