#include "emit/emit_cuda.h"

#include <algorithm>

#include "emit/cuda_instruction.h"
#include "emit/launch_size.h"
#include "emit/scratch.h"
#include "emit/statement_printer.h"
#include "ir/tensor_load.h"
#include "ir/visit.h"
#include "ir/words.h"
#include "prelude/cuda_prelude.h"

namespace hidet {

namespace {

// Where a buffer in shared memory begins: what copies by TMA and the widest accesses want.
constexpr int64_t kSharedAlignment = 128;
constexpr int kWarp = 32;

class CudaEmitter : public StatementPrinter {
 public:
  CudaEmitter(const Program& program, const std::string& symbol)
      : StatementPrinter(program, std::make_unique<CudaPrelude>()), symbol_(symbol) {
    names_.reserve(symbol);
    for (const char* name : {"threadIdx", "blockIdx", "blockDim", "gridDim", "shared_memory"})
      names_.reserve(name);
  }

  EmittedCudaKernel run() {
    Context& context = *program_.context;
    EmittedCudaKernel kernel{.symbol = symbol_, .text = {}, .grid = context.index(1)};
    std::string parameters;
    const auto add = [&](const std::string& parameter) {
      parameters += (parameters.empty() ? "" : ", ") + parameter;
    };
    for (Buffer buffer : program_.buffers) {
      exprs_.name(buffer, names_.fresh(buffer->name));
      add(pointer_type(buffer) + " " + exprs_.name_of(buffer));
    }
    for (const SizeParam& size : program_.sizes) {
      exprs_.name(size.var, names_.fresh(size.var->name));
      add("int64_t " + exprs_.print(context.variable(size.var)));
    }
    walk(program_.body, [&](Stmt s) { has_status_ = has_status_ || s.as<Report>(); });
    if (has_status_) {
      names_.reserve("status");
      add("int32_t* status");
    }
    depth_ = 1;
    emit_block(program_.body);
    for (const std::string& name : map_names_)
      add("const __grid_constant__ hidet_tensor_map " + name);
    kernel.maps = std::move(maps_);
    HIDET_ASSERT(grid_, "program {} has no loop over blocks", program_.name);
    kernel.grid = launch_size(substitute(grid_, before_blocks_));
    kernel.threads = program_.threads;
    kernel.shared_bytes = shared_bytes_;
    kernel.has_status = has_status_;
    const std::string shared = shared_bytes_ > 0 ? "  HIDET_SHARED_MEMORY(shared_memory);\n" : "";
    kernel.text = hidet::format(
        "{}extern \"C\" __global__ void __launch_bounds__({}, 1)\n{}({}) {{\n{}{}}}\n",
        prelude().text(), program_.threads, symbol_, parameters, shared, out_);
    return kernel;
  }

 private:
  std::string pointer_type(Buffer buffer) {
    const std::string element = exprs_.scalar_type(buffer->type.dtype);
    return buffer->scope == Scope::constant ? "const " + element + "* __restrict__" : element + "*";
  }

  void emit_report(const Report& node) override {
    line("if ({}) {}(status, {});", exprs_.print(node.condition),
         prelude().function("report", DType::i32), node.code);
  }
  void on_let(const Let& node) override {
    if (!grid_) before_blocks_[node.var] = substitute(node.value, before_blocks_);
  }

  void emit_for(const For& loop) override {
    switch (loop.loop) {
      case ForKind::blocks:
        HIDET_ASSERT(!grid_, "two loops over blocks");
        grid_ = loop.extent;
        return inside(loop, "blockIdx.x");
      case ForKind::threads:
        return inside(loop, "threadIdx.x");
      case ForKind::unrolled:
        return emit_loop(loop, "0", exprs_.print(loop.extent, Strength::shift), "#pragma unroll");
      case ForKind::serial:
        return emit_loop(loop, "0", exprs_.print(loop.extent, Strength::shift), "");
      case ForKind::parallel:
      case ForKind::vector:
        break;
    }
    HIDET_UNREACHABLE("a loop of CPU workers in a CUDA program");
  }
  // The body, for the iteration that is the hardware's number.
  void inside(const For& loop, const char* number) {
    bind(loop.var, hidet::format("({}){}", exprs_.type(loop.var->type), number), 0);
    emit_block(loop.body);
  }

  void emit_allocate(const Allocate& node) override {
    Buffer buffer = node.buffer;
    const auto size = constant_size(buffer);
    HIDET_ASSERT(size, "{} has no constant size", buffer->name);
    const std::string name = names_.fresh(buffer->name);
    const std::string element = exprs_.scalar_type(buffer->type.dtype);
    if (buffer->scope == Scope::barrier) return emit_barriers(buffer, name, *size);
    if (buffer->scope == Scope::shared) {
      const int64_t unit = std::max<int64_t>(buffer->alignment, kSharedAlignment);
      shared_bytes_ = (shared_bytes_ + unit - 1) / unit * unit;
      line("{0}* {1} = ({0}*)(shared_memory + {2});", element, name, shared_bytes_);
      const int64_t bytes = *size * bytes_of(buffer->type.dtype);
      shared_bytes_ += (bytes + kSharedAlignment - 1) / kSharedAlignment * kSharedAlignment;
    } else {
      HIDET_ASSERT(buffer->scope == Scope::registers || buffer->scope == Scope::local,
                   "{} in a CUDA kernel", name_of(buffer->scope));
      const bool registers = buffer->scope == Scope::registers;
      // Instructions take elements of 16 bits in pairs.
      const bool pairs = registers && bits_of(buffer->type.dtype) == 16 && *size % 2 == 0;
      const int alignment = std::max(buffer->alignment, pairs ? 4 : 0);
      const std::string aligned = alignment ? hidet::format("alignas({}) ", alignment) : "";
      line("{}{} {}[{}];", aligned, registers ? exprs_.type(buffer->type) : element, name, *size);
    }
    exprs_.name(buffer, name);
  }

  void emit_other(Stmt s) override {
    if (s.as<Barrier>()) {
      if (!role_threads_) return line("__syncthreads();");
      return line("hidet_barrier({}, {});", role_number_, role_threads_);
    }
    if (const auto* n = s.as<Roles>()) return emit_roles(*n);
    if (const auto* n = s.as<Arrive>())
      return line("hidet_mbarrier_arrive({});", exprs_.pointer(n->barrier, n->index));
    if (const auto* n = s.as<Expect>())
      return line("hidet_mbarrier_expect({}, {});", exprs_.pointer(n->barrier, n->index),
                  exprs_.print(n->bytes));
    if (const auto* n = s.as<WaitBarrier>())
      return line("hidet_mbarrier_wait({}, {});", exprs_.pointer(n->barrier, n->index),
                  exprs_.print(n->parity));
    if (const auto* n = s.as<Commit>()) return line("hidet_{}_commit();", name_of(n->group));
    if (const auto* n = s.as<Wait>())
      return line("hidet_{}_wait<{}>();", name_of(n->group), n->leaving);
    if (const auto* n = s.as<Instruction>()) return emit_instruction(*n);
    if (const auto* n = s.as<Exchange>()) {
      const DType dtype = n->var->type.dtype;
      const std::string value = exprs_.print(n->value);
      // Values shorter than a register travel in one.
      const bool is_short = bits_of(dtype) < 32;
      const std::string text =
          hidet::format("__shfl_xor_sync(0xffffffffu, {}, {})",
                        is_short ? "(int32_t)(" + value + ")" : value, n->lane_bits);
      return bind(n->var,
                  is_short ? hidet::format("({}){}", exprs_.type(n->var->type), text) : text, 0);
    }
    if (s.as<Prefetch>()) return;  // a hint that the hardware does not need
    HIDET_UNREACHABLE("{} is not lowered", name_of(s.kind()));
  }

  // The first thread prepares them; a barrier of the program stands before their use.
  void emit_barriers(Buffer buffer, const std::string& name, int64_t count) {
    line("uint64_t* {} = (uint64_t*)(shared_memory + {});", name, shared_bytes_);
    shared_bytes_ += (count * 8 + kSharedAlignment - 1) / kSharedAlignment * kSharedAlignment;
    exprs_.name(buffer, name);
    line("if (threadIdx.x == 0) {{");
    ++depth_;
    line("for (int i = 0; i < {}; ++i) hidet_mbarrier_init({} + i, {});", count, name,
         buffer->arrivals);
    line("hidet_mbarrier_fence();");
    --depth_;
    line("}}");
  }

  void emit_roles(const Roles& node) {
    // What each thread starts with, as __launch_bounds__ has it.
    const int at_start = std::min(65536 / program_.threads / 8 * 8, 255);
    std::string before;
    for (const Role& role : node.roles) {
      line("{}if (threadIdx.x < {}) {{  // {}", before, role.last * kWarp, role.name);
      before = "} else ";
      role_threads_ = (role.last - role.first) * kWarp;
      ++role_number_;
      ++depth_;
      if (role.registers)
        line("hidet_registers_{}<{}>();", role.registers < at_start ? "decrease" : "increase",
             role.registers);
      --depth_;
      emit_body(role.body);
    }
    line("}}");
    role_threads_ = 0;
  }

  // The name of the parameter that has the tensor map of a load.
  std::string tensor_map(const Instruction& node) {
    const TensorLoad load = TensorLoad::of(node);
    const auto& buffers = program_.buffers;
    const Buffer source = node.addresses.at(1).buffer;
    EmittedTensorMap map;
    map.buffer =
        static_cast<int>(std::find(buffers.begin(), buffers.end(), source) - buffers.begin());
    const auto of_launch = [&](Expr e) { return launch_size(substitute(e, before_blocks_)); };
    for (Expr e : load.sizes) map.sizes.push_back(of_launch(e));
    for (Expr e : load.strides) map.strides.push_back(of_launch(e));
    for (Expr e : load.box) map.box.push_back(*as_int(e));
    map.swizzle_bytes = static_cast<int>(*as_int(load.swizzle_bytes));
    const auto known = std::find(maps_.begin(), maps_.end(), map);
    if (known != maps_.end()) return map_names_[static_cast<size_t>(known - maps_.begin())];
    maps_.push_back(std::move(map));
    return map_names_.emplace_back(names_.fresh(source->name + "_map"));
  }

  void emit_instruction(const Instruction& node) {
    if (node.name.starts_with("tma_load_")) {
      std::string coordinates;
      for (Expr e : TensorLoad::of(node).coordinates) coordinates += exprs_.print(e) + ", ";
      return line("hidet_{}({}, &{}, {}{});", node.name,
                  exprs_.pointer(node.addresses[0].buffer, node.addresses[0].index.at(0)),
                  tensor_map(node), coordinates,
                  exprs_.pointer(node.addresses[2].buffer, node.addresses[2].index.at(0)));
    }
    std::vector<std::string> addresses, values;
    for (const Address& place : node.addresses)
      addresses.push_back(exprs_.pointer(place.buffer, place.index.at(0)));
    for (Expr value : node.values) values.push_back(exprs_.print(value));
    text_line(cuda_instruction(node, addresses, values));
  }

  std::string symbol_;
  Expr grid_;
  Substitution before_blocks_;
  int64_t shared_bytes_ = 0;
  bool has_status_ = false;
  int role_number_ = 0, role_threads_ = 0;  // of the role at hand; 0 threads: of none
  std::vector<EmittedTensorMap> maps_;
  std::vector<std::string> map_names_;
};

}  // namespace

EmittedCudaKernel emit_cuda(const Program& program, const std::string& symbol) {
  return CudaEmitter(program, symbol).run();
}

}  // namespace hidet
