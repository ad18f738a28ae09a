#include "runtime/plan_format.h"

#include <bit>

#include "base/sha256.h"

namespace hidet {

namespace {

constexpr std::string_view kMagic = "HIDETPLN";
constexpr int64_t kVersion = 3;
constexpr int kDeepest = 16;  // lists in lists

// Not a plan; turned into a Decline.
struct Malformed {
  std::string reason;
};

template <class E>
constexpr E kLast = E{};
#define HIDET_DTYPE(name, bits, class) +1
template <>
constexpr DType kLast<DType> = static_cast<DType>(-1
#include "base/dtypes.def"
);
#undef HIDET_DTYPE
template <>
constexpr DeviceKind kLast<DeviceKind> = DeviceKind::cuda;
template <>
constexpr KernelArgument::Kind kLast<KernelArgument::Kind> = KernelArgument::Kind::random_offset;
template <>
constexpr Assumption::Kind kLast<Assumption::Kind> = Assumption::Kind::below;
template <>
constexpr PlanSymbol::Source kLast<PlanSymbol::Source> = PlanSymbol::Source::threads;
template <>
constexpr PlanBuffer::Kind kLast<PlanBuffer::Kind> = PlanBuffer::Kind::result;
template <>
constexpr PlanOutput::Kind kLast<PlanOutput::Kind> = PlanOutput::Kind::size;

// Writes or reads an object by its fields: the same functions `fields` serve both.
struct Writer {
  std::string out;

  void integer(int64_t value) {
    uint64_t bits = static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
    for (; bits >= 128; bits >>= 7) out += static_cast<char>(bits | 128);
    out += static_cast<char>(bits);
  }
  void item(std::string& text) {
    integer(static_cast<int64_t>(text.size()));
    out += text;
  }
  void item(SizeExpr& size) {
    auto constant = size.as_constant();
    integer(constant.has_value());
    std::string text = size.text();
    constant ? integer(*constant) : item(text);
  }
  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void item(T& value) {
    integer(static_cast<int64_t>(value));
  }
  void item(double& value) { integer(std::bit_cast<int64_t>(value)); }
  void item(std::monostate&) {}
  template <class T>
  void item(std::vector<T>& list) {
    integer(static_cast<int64_t>(list.size()));
    for (T& element : list) item(element);
  }
  template <class T, size_t n>
  void item(T (&list)[n]) {
    for (T& element : list) item(element);
  }
  template <class... T>
  void item(std::variant<T...>& choice) {
    integer(static_cast<int64_t>(choice.index()));
    std::visit([&](auto& value) { item(value); }, choice);
  }
  template <class T>
    requires std::is_class_v<T>
  void item(T& object) {
    fields(*this, object);
  }
  template <class... T>
  void operator()(T&... values) {
    (item(values), ...);
  }
};

struct Reader {
  std::string_view in;
  int depth = 0;

  int64_t integer() {
    uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (in.empty()) throw Malformed{"it ends early"};
      uint64_t byte = static_cast<uint8_t>(in[0]);
      in.remove_prefix(1);
      bits |= (byte & 127) << shift;
      if (byte < 128) return static_cast<int64_t>(bits >> 1 ^ (~(bits & 1) + 1));
    }
    throw Malformed{"a number is too long"};
  }
  // Every element takes a byte at least.
  size_t count() {
    int64_t value = integer();
    if (value < 0 || static_cast<uint64_t>(value) > in.size()) throw Malformed{"a length is wrong"};
    return static_cast<size_t>(value);
  }
  void item(std::string& text) {
    size_t size = count();
    text = in.substr(0, size);
    in.remove_prefix(size);
  }
  void item(SizeExpr& size) {
    if (integer()) {
      size = integer();
      return;
    }
    std::string text;
    item(text);
    size = SizeExpr::parse(text);
  }
  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void item(T& value) {
    int64_t number = integer();
    bool fits = true;
    if constexpr (std::is_enum_v<T>)
      fits = number >= 0 && number <= static_cast<int64_t>(kLast<T>);
    else if constexpr (std::is_same_v<T, bool>)
      fits = number == 0 || number == 1;
    else
      fits = static_cast<int64_t>(static_cast<T>(number)) == number;
    if (!fits) throw Malformed{"a number is out of range"};
    value = static_cast<T>(number);
  }
  void item(double& value) { value = std::bit_cast<double>(integer()); }
  void item(std::monostate&) {}
  template <class T>
  void item(std::vector<T>& list) {
    if (++depth > kDeepest) throw Malformed{"lists are too deep"};
    list.clear();
    for (size_t left = count(); left > 0; left--) item(list.emplace_back());
    depth--;
  }
  template <class T, size_t n>
  void item(T (&list)[n]) {
    for (T& element : list) item(element);
  }
  template <class... T>
  void item(std::variant<T...>& choice) {
    choose(choice, integer(), std::index_sequence_for<T...>());
  }
  template <class V, size_t... index>
  void choose(V& choice, int64_t chosen, std::index_sequence<index...>) {
    bool found =
        ((chosen == static_cast<int64_t>(index) ? (item(choice.template emplace<index>()), true)
                                                : false) ||
         ...);
    if (!found) throw Malformed{"an alternative is unknown"};
  }
  template <class T>
    requires std::is_class_v<T>
  void item(T& object) {
    fields(*this, object);
  }
  template <class... T>
  void operator()(T&... values) {
    (item(values), ...);
  }
};

void fields(auto& a, Device& d) {
  a(d.kind, d.index);
}
void fields(auto& a, KernelArgument& k) {
  a(k.kind, k.dtype, k.written);
}
void fields(auto& a, Assumption& s) {
  a(s.kind, s.buffer, s.size, s.number);
}
void fields(auto& a, CudaLaunch& c) {
  a(c.grid, c.cluster, c.block, c.dynamic_shared_bytes, c.cooperative,
    c.programmatic_serialization);
}
void fields(auto& a, KernelResources& r) {
  a(r.registers, r.spill_bytes, r.static_shared_bytes, r.code_bytes, r.stack_bytes, r.advisories);
}
void fields(auto& a, TensorMapRecipe& m) {
  a(m.buffer, m.dtype, m.sizes, m.strides, m.box, m.swizzle_bytes);
}
void fields(auto& a, KernelRecord& k) {
  a(k.target, k.key, k.symbol, k.arguments, k.extent, k.grain, k.scratch_bytes, k.cuda,
    k.has_status, k.resources, k.assumptions, k.maps);
}
void fields(auto& a, PlanSymbol& s) {
  a(s.name, s.source, s.argument, s.axis, s.lower, s.upper, s.divisor);
}
void fields(auto& a, PlanBuffer& b) {
  a(b.kind, b.dtype, b.device, b.sizes, b.strides, b.name);
}
void fields(auto& a, PlanArgument& p) {
  a(p.value);
}
void fields(auto& a, LaunchStep& s) {
  a(s.variants, s.buffers, s.sizes, s.random_increment, s.status_message, s.label, s.multiply_adds);
}
void fields(auto& a, PlanOperand::Tensor& t) {
  a(t.value);
}
void fields(auto& a, PlanOperand::Opaque& o) {
  a(o.text);
}
void fields(auto& a, PlanOperand& o) {
  a(o.value);
}
void fields(auto& a, OperatorStep& s) {
  a(s.name, s.arguments, s.results, s.mutated, s.label);
}
void fields(auto& a, ViewStep& s) {
  a(s.view, s.base, s.offset);
}
void fields(auto& a, CopyStep& s) {
  a(s.destination, s.source);
}
void fields(auto& a, FillStep& s) {
  a(s.value);
}
void fields(auto& a, FreeStep& s) {
  a(s.value);
}
void fields(auto& a, Recipe& r) {
  a(r.results, r.steps, r.literal, r.sources);
}
void fields(auto& a, PlanOutput& o) {
  a(o.kind, o.value, o.size);
}
void fields(auto& a, Plan& p) {
  a(p.name, p.symbols, p.arguments, p.values, p.kernels, p.recipes, p.steps, p.outputs);
}

}  // namespace

std::string serialize(const Plan& plan) {
  Writer content;
  content.item(const_cast<Plan&>(plan));  // a Writer changes nothing
  Writer head;
  head.out = kMagic;
  head.integer(kVersion);
  head.integer(static_cast<int64_t>(content.out.size()));
  return head.out + sha256_hex(content.out) + content.out;
}

Result<Plan> deserialize_plan(std::string_view bytes) {
  try {
    if (!bytes.starts_with(kMagic)) HIDET_DECLINE("not a plan");
    Reader head{bytes.substr(kMagic.size())};
    int64_t version = head.integer();
    HIDET_DECLINE_UNLESS(version == kVersion, "a plan of version {}, not {}", version, kVersion);
    uint64_t length = static_cast<uint64_t>(head.integer());
    constexpr size_t kDigits = 64;
    HIDET_DECLINE_UNLESS(head.in.size() >= kDigits && head.in.size() - kDigits == length,
                         "the plan is truncated");
    Reader content{head.in.substr(kDigits)};
    HIDET_DECLINE_UNLESS(sha256_hex(content.in) == head.in.substr(0, kDigits),
                         "the plan was altered: its checksum differs");
    Plan plan;
    content.item(plan);
    HIDET_DECLINE_UNLESS(content.in.empty(), "the plan has bytes too many");
    verify(plan);
    return plan;
  } catch (const Malformed& malformed) {
    HIDET_DECLINE("not a plan: {}", malformed.reason);
  } catch (const std::exception& error) {
    HIDET_DECLINE("not a valid plan: {}", error.what());
  }
}

}  // namespace hidet
