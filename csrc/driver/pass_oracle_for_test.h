// Tests only: runs a kernel with its surroundings before and after every pass, by the interpreter.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "interp/interpret.h"
#include "ir/equal.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ir/visit.h"
#include "passes/lower_cpu.h"
#include "passes/lower_cuda.h"
#include "passes/with_assumptions.h"
#include "schedule/kernel_sequence.h"

namespace hidet {
// What a site that computes means, for the interpreter and for the program that it is filled into.
struct Computed {
  std::function<Scalar(const std::vector<Scalar>& index, Scalar value)> by_hand;
  SiteFill fill;
};

struct Array {
  std::vector<int64_t> shape;
  std::vector<double> values;  // empty: an output
  int64_t size() const {
    int64_t count = 1;
    for (int64_t extent : shape) count *= extent;
    return count;
  }
  int64_t place(const std::vector<Scalar>& index) const {
    int64_t at = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) at = at * shape[axis] + index[axis].as_int();
    return at;
  }
};

// One kernel with its surroundings; sites are arrays of f32, or computed.
struct Surroundings {
  const ScheduledKernel& kernel;
  std::map<std::string, Array> arrays;
  std::map<std::string, Computed> computed;
  std::map<std::string, Array> workspaces;  // by the buffer's name; f32
  double tolerance = 1e-6;
  // CUDA: what is assumed of the arguments, and that indices fit 32 bits; absent: nothing is.
  std::optional<ProgramAssumptions> assumptions;
};

using Results = std::map<std::string, HostArray>;

// The buffer that a site becomes; another name than the site's, so that printed programs keep it.
inline std::string memory_of(const std::string& site) {
  return site + "_memory";
}

inline HostArray host(const Array& array) {
  return array.values.empty() ? HostArray::unwritten(DType::f32, array.size())
                              : HostArray::of(DType::f32, array.values);
}

// The arrays that a program has written, from those that it was given.
inline Results run(const Program& program, const Surroundings& setup, bool backward) {
  Results memory;
  for (const auto& [name, array] : setup.arrays) memory[memory_of(name)] = host(array);
  for (const auto& [name, array] : setup.workspaces) memory[name] = host(array);
  Bindings bindings;
  bindings.last_worker_first = backward;
  for (const SizeExpr& size : setup.kernel.sizes) bindings.size_list.push_back(*size.as_constant());
  // Buffers that sites will become are not used while these are open.
  Results unused;
  for (Buffer buffer : program.buffers) {
    bool open = false;
    for (const Site& site : program.sites) open = open || memory_of(site.name) == buffer->name;
    const auto found = memory.find(buffer->name);
    HIDET_ASSERT(found != memory.end(), "no array for the buffer {}", buffer->name);
    HostArray& array = found->second;
    bindings.buffer_list.push_back(open ? &(unused[buffer->name] = array) : &array);
  }
  for (const Site& site : program.sites) {
    if (auto it = setup.computed.find(site.name); it != setup.computed.end()) {
      bindings.sites[site.name].read = it->second.by_hand;
      continue;
    }
    HIDET_ASSERT(setup.arrays.count(site.name), "no array for the site {}", site.name);
    const Array& shape = setup.arrays.at(site.name);
    HostArray& array = memory.at(memory_of(site.name));
    bindings.sites[site.name] = {[&](const std::vector<Scalar>& index, Scalar) {
                                   return array.values.at(static_cast<size_t>(shape.place(index)));
                                 },
                                 [&](const std::vector<Scalar>& index, Scalar value) {
                                   const auto at = static_cast<size_t>(shape.place(index));
                                   array.values.at(at) = value;
                                   array.written.at(at) = true;
                                 }};
  }
  interpret(program, bindings);
  return memory;
}

inline void expect_same(const Results& before, const Results& after, double tolerance,
                        const std::string& what) {
  for (const auto& [name, a] : before) {
    const HostArray& b = after.at(name);
    ASSERT_EQ(a.written, b.written) << name << " " << what;
    for (size_t i = 0; i < a.values.size(); ++i) {
      if (!a.written[i]) continue;
      const double x = a.values[i].as_float(), y = b.values[i].as_float();
      ASSERT_NEAR(x, y, tolerance * (1 + std::fabs(x))) << name << " at " << i << " " << what;
    }
  }
}

inline bool has_exchange_of_tasks(const Program& program) {
  bool exchanges = false, tasks = false;
  walk(program.body, [&](Stmt s) {
    exchanges = exchanges || s.as<Exchange>();
    tasks = tasks || s.as<ForTask>();
  });
  return exchanges && tasks;
}

inline void check_every_pass(const Surroundings& setup, const Target& target) {
  Context& context = *setup.kernel.context;
  Program program = setup.kernel.program;
  EXPECT_EQ(problems(program), std::vector<std::string>());
  const Results expected = run(program, setup, false);
  expect_same(expected, run(program, setup, true), 0, "with workers in the opposite order");

  // Sites that are arrays become buffers of their names.
  SiteFills fills;
  for (const auto& [name, computed] : setup.computed) fills[name] = computed.fill;
  for (const Site& site : setup.kernel.program.sites) {
    const auto it = setup.arrays.find(site.name);
    if (it == setup.arrays.end() || setup.computed.count(site.name)) continue;
    BufferInfo info{.scope = site.kind == SiteKind::store ? Scope::global : Scope::constant,
                    .type = site.type};
    info.name = memory_of(site.name);
    for (int64_t extent : it->second.shape) info.shape.push_back(context.index(extent));
    Buffer buffer = context.make_buffer(info);
    program.buffers.push_back(buffer);
    fills[site.name].read = [&context, buffer](const std::vector<Expr>& index, Expr) {
      return context.element(buffer, index);
    };
    fills[site.name].store = [&context, buffer](const std::vector<Expr>& index, Expr value) {
      return context.make(Store{.buffer = buffer, .index = index, .value = value, .mask = {}});
    };
  }
  const PassHook after = [&](std::string_view pass, const Program& made) {
    if (testing::Test::HasFailure()) return;
    const std::string what = hidet::format("after {} for {}", pass, target.name);
    SCOPED_TRACE(what);
    const std::string text = print(made);
    ASSERT_EQ(problems(made), std::vector<std::string>()) << text;
    Context other;
    const Program again = parse(other, text);
    ASSERT_TRUE(equal(made, again)) << text;
    if (pass == "fill_sites") return;  // reads outside of a site are guarded by the next pass
    if (has_exchange_of_tasks(made)) return;  // threads are not bound yet
    try {
      // Of the many threads of a block one order is enough.
      if (target.kind == TargetKind::cpu)
        expect_same(expected, run(made, setup, false), setup.tolerance, what + "\n" + text);
      expect_same(expected, run(again, setup, true), setup.tolerance, what + "\n" + text);
    } catch (const InterpretError& error) {
      FAIL() << error.what() << "\n" << text;
    }
  };
  if (target.kind == TargetKind::cpu) {
    lower_for_cpu(program, fills, target, {.after = after});
    return;
  }
  Program filled = run_passes(program, filling_passes(fills, target), {.after = after});
  if (setup.assumptions) filled = with_assumptions(filled, *setup.assumptions);
  run_passes(filled, cuda_passes(setup.assumptions.has_value()), {.after = after});
}

inline std::vector<double> random_values(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<double>(random() % 2001) / 1000 - 1);
  return values;
}
inline Array input(std::vector<int64_t> shape, unsigned seed) {
  Array array{std::move(shape), {}};
  array.values = random_values(array.size(), seed);
  return array;
}
inline double number(Scalar s) {
  return s.as_float();
}
inline Scalar f32(double value) {
  return scalar_of(DType::f32, value);
}

}  // namespace hidet
