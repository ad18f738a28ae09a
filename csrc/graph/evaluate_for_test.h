// What a graph of primitive operators computes, by their definitions: the oracle of the tests here.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "graph/definition.h"
#include "graph/eliminate.h"
#include "graph/expand_operators.h"
#include "graph/graph_text.h"
#include "interp/scalar.h"
#include "ir/context.h"

namespace hidet {

struct TestTensor {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::vector<Scalar> elements;  // row-major

  std::vector<double> numbers() const {
    std::vector<double> result;
    for (Scalar element : elements) result.push_back(to_double(dtype, element));
    return result;
  }
};

inline int64_t count_of(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

inline TestTensor tensor(DType dtype, std::vector<int64_t> shape,
                         const std::vector<double>& numbers) {
  TestTensor result{dtype, std::move(shape), {}};
  for (double number : numbers) result.elements.push_back(scalar_of(dtype, number));
  return result;
}

// Numbers around zero; integers in [-9, 9].
inline TestTensor random_tensor(DType dtype, std::vector<int64_t> shape, uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<double> numbers;
  for (int64_t i = 0; i < count_of(shape); i++) {
    const double number = static_cast<double>(generator() % 4001) / 1000.0 - 2.0;
    numbers.push_back(is_boolean(dtype)    ? number > 0
                      : is_floating(dtype) ? number
                                           : std::round(number * 4.5));
  }
  return tensor(dtype, std::move(shape), numbers);
}

class GraphEvaluator {
 public:
  explicit GraphEvaluator(const Graph& graph, std::vector<int64_t> symbols = {})
      : graph_(graph), symbols_(std::move(symbols)) {}

  std::vector<TestTensor> run(const std::vector<TestTensor>& inputs) {
    values_.assign(graph_.values.size(), {});
    HIDET_ASSERT(inputs.size() == graph_.inputs.size(), "{} inputs", graph_.inputs.size());
    for (size_t i = 0; i < inputs.size(); i++) values_[graph_.inputs[i]] = inputs[i];
    for (NodeId id = 0; id < static_cast<NodeId>(graph_.nodes.size()); id++) node(id);
    std::vector<TestTensor> results;
    for (ValueId output : graph_.outputs) results.push_back(values_.at(output));
    return results;
  }

 private:
  static std::vector<int64_t> index_of(int64_t offset, const std::vector<int64_t>& shape) {
    std::vector<int64_t> index(shape.size());
    for (size_t axis = shape.size(); axis-- > 0;) {
      index[axis] = offset % shape[axis];
      offset /= shape[axis];
    }
    return index;
  }
  static Scalar element(const TestTensor& tensor, const std::vector<int64_t>& index) {
    int64_t offset = 0;
    for (size_t axis = 0; axis < index.size(); axis++) {
      // What a definition reads behind a condition may lie outside: something that shows.
      if (index[axis] < 0 || index[axis] >= tensor.shape[axis])
        return scalar_of(tensor.dtype, is_floating(tensor.dtype) ? NAN : 77);
      offset = offset * tensor.shape[axis] + index[axis];
    }
    return tensor.elements.at(offset);
  }

  static Scalar evaluate_expr(Expr e) {
    if (const auto* c = e.as<Constant>())
      return is_floating(e.type().dtype) ? Scalar::of(c->as_float()) : Scalar::of(c->as_int());
    if (const auto* c = e.as<Cast>())
      return convert(c->value.type().dtype, e.type().dtype, evaluate_expr(c->value));
    const auto* call = e.as<Call>();
    HIDET_ASSERT(call, "a definition with something that is no constant, cast or call");
    std::vector<Scalar> args;
    for (Expr arg : call->args) args.push_back(evaluate_expr(arg));
    return evaluate(call->function, call->args.back().type().dtype, args);
  }

  void node(NodeId id) {
    const Node& node = graph_.nodes[id];
    HIDET_ASSERT(node.op != Op::aten, "{} is not expanded: {}", node.aten, node.aten_reason);
    const Value& value = graph_.values[node.outputs[0]];
    TestTensor result{value.dtype, {}, {}};
    for (const SizeExpr& size : value.shape) result.shape.push_back(size.evaluate(symbols_));
    for (int64_t i = 0; i < count_of(result.shape); i++) {
      const std::vector<int64_t> index = index_of(i, result.shape);
      result.elements.push_back(node.op == Op::reduce      ? reduced(node, index)
                                : node.op == Op::matmul    ? product(node, index)
                                : node.op == Op::attention ? attended(node, index)
                                                           : defined(id, index));
    }
    values_[node.outputs[0]] = std::move(result);
  }

  Scalar defined(NodeId id, const std::vector<int64_t>& index) {
    Context context;
    std::vector<Expr> at;
    for (int64_t i : index) at.push_back(context.index(i));
    const ReadOperand read = [&](int operand, const std::vector<Expr>& where) {
      const TestTensor& tensor = values_[graph_.nodes[id].inputs[operand]];
      std::vector<int64_t> position;
      for (Expr e : where) position.push_back(evaluate_expr(e).as_int());
      EXPECT_EQ(position.size(), tensor.shape.size());
      const Scalar value = element(tensor, position);
      return is_floating(tensor.dtype) ? context.constant(Type{tensor.dtype}, value.as_float())
                                       : context.constant(Type{tensor.dtype}, value.as_int());
    };
    const LowerSize size = [&](const SizeExpr& s) { return context.index(s.evaluate(symbols_)); };
    Expr value = element_of(graph_, id, at, context, read, size);
    EXPECT_EQ(value.type().dtype, graph_.values[graph_.nodes[id].outputs[0]].dtype);
    return evaluate_expr(value);
  }

  Scalar reduced(const Node& node, const std::vector<int64_t>& index) {
    const TestTensor& operand = values_[node.inputs[0]];
    const std::vector<int64_t> axes = reduction_axes(node);
    std::optional<Scalar> total;
    constexpr Function steps[] = {Function::add, Function::mul,        Function::max,
                                  Function::min, Function::logical_or, Function::logical_and};
    const auto kind = static_cast<size_t>(reduction_kind(node));
    for (int64_t i = 0; i < count_of(operand.shape); i++) {
      const std::vector<int64_t> at = index_of(i, operand.shape);
      std::vector<int64_t> kept;
      for (size_t axis = 0; axis < at.size(); axis++)
        if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) == axes.end())
          kept.push_back(at[axis]);
      if (kept != index) continue;
      const Scalar x = operand.elements[i];
      total = total ? evaluate(steps[kind], operand.dtype, std::vector<Scalar>{*total, x}) : x;
    }
    return total ? *total : scalar_of(operand.dtype, kind == 1 || kind == 5);
  }

  double number(ValueId value, const std::vector<int64_t>& index) const {
    return to_double(values_[value].dtype, element(values_[value], index));
  }

  Scalar product(const Node& node, std::vector<int64_t> index) {
    const size_t rank = index.size(), b_rank = values_[node.inputs[1]].shape.size();
    std::vector<int64_t> a = index, b(index.end() - b_rank, index.end());
    double sum = 0;
    for (int64_t k = 0; k < values_[node.inputs[0]].shape[rank - 1]; k++) {
      a[rank - 1] = k;
      b[b_rank - 2] = k;
      sum += number(node.inputs[0], a) * number(node.inputs[1], b);
    }
    return scalar_of(graph_.values[node.outputs[0]].dtype, sum);
  }

  Scalar attended(const Node& node, const std::vector<int64_t>& index) {
    const size_t rank = index.size();
    const int64_t keys = values_[node.inputs[1]].shape[rank - 2];
    const int64_t depth = values_[node.inputs[0]].shape[rank - 1];
    std::vector<double> scores;
    for (int64_t key = 0; key < keys; key++) {
      std::vector<int64_t> q = index, k = index, pair = index;
      k[rank - 2] = pair[rank - 1] = key;
      double score = 0;
      for (int64_t d = 0; d < depth; d++) {
        q[rank - 1] = k[rank - 1] = d;
        score += number(node.inputs[0], q) * number(node.inputs[1], k);
      }
      score *= attention_scale(node);
      if (node.inputs.size() > 3) {
        const double mask = number(node.inputs[3], pair);
        const bool boolean = is_boolean(values_[node.inputs[3]].dtype);
        score = !boolean ? score + mask : mask != 0 ? score : -INFINITY;
      }
      if (attention_is_causal(node) && key > index[rank - 2]) score = -INFINITY;
      scores.push_back(score);
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    double sum = 0, total = 0;
    for (int64_t key = 0; key < keys; key++) {
      std::vector<int64_t> v = index;
      v[rank - 2] = key;
      const double weight = std::exp(scores[key] - largest);
      sum += weight;
      total += weight * number(node.inputs[2], v);
    }
    return scalar_of(graph_.values[node.outputs[0]].dtype, total / sum);
  }

  const Graph& graph_;
  std::vector<int64_t> symbols_;
  std::vector<TestTensor> values_;
};

inline Graph expand_text(std::string_view text) {
  return eliminate(expand_operators(parse_graph(text)));
}

// The results of a graph of ATen calls that are all expanded.
inline std::vector<TestTensor> run_text(std::string_view text,
                                        const std::vector<TestTensor>& inputs,
                                        std::vector<int64_t> symbols = {}) {
  const Graph graph = expand_text(text);
  return GraphEvaluator(graph, std::move(symbols)).run(inputs);
}

inline void expect_near(const std::vector<double>& found, const std::vector<double>& expected,
                        double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); i++) {
    if (std::isnan(expected[i]) || std::isinf(expected[i])) {
      EXPECT_TRUE(std::isnan(expected[i]) ? std::isnan(found[i]) : found[i] == expected[i])
          << "element " << i << ": " << found[i] << " instead of " << expected[i];
    } else {
      EXPECT_NEAR(found[i], expected[i], tolerance * (1 + std::fabs(expected[i])))
          << "element " << i;
    }
  }
}

}  // namespace hidet
