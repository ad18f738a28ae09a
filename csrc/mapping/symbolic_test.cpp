// Mappings and layouts over an index type that is no integer: the formulas they build say what the
// integers say, and hold nothing superfluous.
#include <gtest/gtest.h>

#include <memory>

#include "mapping/lift.h"
#include "mapping/owner.h"
#include "mapping/register_layout.h"
#include "mapping/text.h"

namespace hidet {

// A formula as text, with its value under one assignment. No constant comes out of nothing: it has
// no constructor from a number.
class Formula {
 public:
  Formula(std::string text, int64_t value, bool constant = false)
      : text_(std::move(text)), value_(value), constant_(constant) {}
  const std::string& text() const { return text_; }
  int64_t value() const { return value_; }
  bool constant() const { return constant_; }
  bool operator==(const Formula& other) const { return text_ == other.text_; }

 private:
  std::string text_;
  int64_t value_;
  bool constant_;
};

Formula binary(const Formula& a, const char* op, const Formula& b, int64_t value) {
  if (a.constant() && b.constant()) return {std::to_string(value), value, true};
  return {hidet::format("({} {} {})", a.text(), op, b.text()), value};
}
Formula operator+(const Formula& a, const Formula& b) {
  return binary(a, "+", b, a.value() + b.value());
}
Formula operator-(const Formula& a, const Formula& b) {
  return binary(a, "-", b, a.value() - b.value());
}
Formula operator*(const Formula& a, const Formula& b) {
  return binary(a, "*", b, a.value() * b.value());
}
Formula operator/(const Formula& a, const Formula& b) {
  return binary(a, "/", b, a.value() / b.value());
}
Formula operator%(const Formula& a, const Formula& b) {
  return binary(a, "%", b, a.value() % b.value());
}

template <>
struct IndexTraits<Formula> {
  static Formula constant(const Formula&, int64_t value) {
    return {std::to_string(value), value, true};
  }
  static std::optional<int64_t> as_constant(const Formula& formula) {
    return formula.constant() ? std::optional<int64_t>(formula.value()) : std::nullopt;
  }
  static Formula bit_xor(const Formula& a, const Formula& b) {
    return binary(a, "^", b, a.value() ^ b.value());
  }
  // Names ending in 8 are known to be multiples of 8.
  static int64_t divisor(const Formula& formula) { return formula.text().back() == '8' ? 8 : 1; }
};

namespace {

Formula number(int64_t value) {
  return {std::to_string(value), value, true};
}

TEST(Symbolic, MappingFormulasAgreeWithIntegers) {
  for (const char* text :
       {"repeat(4, 1) * spatial(16, 8)", "repeat(2, 2, order 1 0) * spatial(8, 4) * repeat(1, 2)",
        "spatial(2, 2) * repeat(4, 8) * spatial(4, 8, order 1 0) * replicate(2)",
        "spatial(4) * repeat(2) * spatial(8) * replicate(4)"}) {
    const auto mapping = parse_task_mapping(text);
    const auto lifted = lift<Formula>(mapping, number(0));
    EXPECT_EQ(lifted.to_string(), text);
    EXPECT_EQ(constant_mapping(lifted), mapping);
    for (int64_t worker = 0; worker < mapping.workers(); ++worker) {
      for (const auto& task : mapping.tasks(worker)) {
        std::vector<Formula> repeats;
        for (int64_t r : owner_of(mapping, task).repeats) repeats.push_back({"r", r});
        const auto formulas = lifted.task({"w", worker}, repeats);
        std::vector<Formula> task_formulas;
        for (size_t axis = 0; axis < task.size(); ++axis) {
          ASSERT_EQ(formulas[axis].value(), task[axis]) << text;
          task_formulas.push_back({"t", task[axis]});
        }
        const Owner<Formula> owner = owner_of(lifted, task_formulas);
        ASSERT_EQ(owner.worker.value(), owner_of(mapping, task).worker) << text;
        ASSERT_EQ(register_layout(lifted).offset(task_formulas).value(),
                  register_layout(mapping).offset(task));
      }
    }
  }
}

TEST(Symbolic, FormulasHoldNothingSuperfluous) {
  const auto mapping =
      lift<Formula>(parse_task_mapping("repeat(4, 1) * spatial(16, 8)"), number(0));
  const auto task = mapping.task({"w", 9}, {{"r", 1}});
  EXPECT_EQ(task[0].text(), "((r * 16) + (w / 8))");
  EXPECT_EQ(task[1].text(), "(w % 8)");
  EXPECT_EQ(spatial<Formula>({{"m", 7}, number(1)}).task({"w", 3}, {})[0].text(), "w");
  EXPECT_EQ(spatial<Formula>({{"m", 7}, number(1)}).task({"w", 3}, {})[1].text(), "0");
}

TEST(Symbolic, SymbolicExtents) {
  const Formula m{"m", 5}, n{"n", 7};
  const auto mapping = spatial<Formula>({m, n}) * repeat<Formula>({number(1), number(4)});
  EXPECT_EQ(mapping.workers().text(), "(m * n)");
  EXPECT_EQ(mapping.task_shape()[1].text(), "(n * 4)");
  EXPECT_EQ(mapping.to_string([](const Formula& f) { return f.text(); }),
            "spatial(m, n) * repeat(1, 4)");
  const auto task = mapping.task({"w", 17}, {{"r", 2}});
  EXPECT_EQ(task[0].text(), "(w / n)");
  EXPECT_EQ(task[1].text(), "(((w % n) * 4) + r)");
  EXPECT_FALSE(constant_mapping(mapping).has_value());
  EXPECT_EQ(mapping.in_bounds(task, {m, n}).size(), 1u);
}

TEST(Symbolic, Layouts) {
  const Formula k{"k", 5}, n{"n", 100}, i{"i", 3}, j{"j", 50};
  const auto plain = row_major<Formula>({k, n});
  EXPECT_EQ(plain.offset({i, j}).text(), "((i * n) + j)");
  EXPECT_EQ(plain.size().text(), "(n * k)");
  EXPECT_EQ(plain, strided<Formula>({k, n}, {n, number(1)}));
  const auto packed = packed_panels<Formula>(k, number(96), 48);
  EXPECT_EQ(packed.size().text(), "((48 * k) * 2)");
  EXPECT_EQ(packed.offset({i, j}).text(), "(((i * 48) + (j % 48)) + ((j / 48) * (48 * k)))");
  EXPECT_EQ(packed.contiguous_run(1), 48);
  const auto ragged = packed_panels<Formula>(k, n, 48);
  EXPECT_EQ(ragged.size().value(), 3 * 5 * 48);
  EXPECT_EQ(ragged.offset({i, j}).value(), packed_panels<int64_t>(5, 100, 48).offset({3, 50}));
  const auto swizzled = row_major<Formula>({number(16), number(64)}).swizzled(3, 3, 3);
  for (int64_t row = 0; row < 16; ++row) {
    for (int64_t column = 0; column < 64; ++column) {
      ASSERT_EQ(swizzled.offset({{"i", row}, {"j", column}}).value(),
                row_major({16, 64}).swizzled(3, 3, 3).offset({row, column}));
    }
  }
}

// What is not known counts as 1; a known divisor of a symbol permits vectors.
TEST(Symbolic, DivisibilityGivesVectors) {
  const Formula m{"m", 5}, n{"n", 24}, n8{"n8", 24};
  EXPECT_EQ(row_major<Formula>({m, n}).contiguous_run(1), 1);
  EXPECT_EQ(row_major<Formula>({m, n8}).contiguous_run(1), 8);
  EXPECT_EQ(row_major<Formula>({m, n8}).vector_width(1, 16), 8);
  EXPECT_EQ(strided<Formula>({m, number(16)}, {n, number(1)}).vector_width(1, 16), 1);
  EXPECT_EQ(strided<Formula>({m, number(16)}, {n8, number(1)}).vector_width(1, 16), 8);
}

}  // namespace
}  // namespace hidet
