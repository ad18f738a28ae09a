#include "emit/emit_cpp.h"

#include <map>
#include <set>

#include "emit/launch_size.h"
#include "emit/scratch.h"
#include "emit/statement_printer.h"
#include "ir/visit.h"
#include "prelude/cpu_prelude.h"

namespace hidet {

namespace {

// What a region uses and does not bind itself, in order of identity.
struct Captures {
  std::map<uint32_t, Var> vars;
  std::map<uint32_t, Buffer> buffers;
  bool reports = false;
};

Captures captures_of(Stmt region, const std::set<Buffer>& in_scratch) {
  Captures result;
  std::set<Var> bound;
  std::set<Buffer> allocated;
  const auto use = [&](Buffer buffer) { result.buffers.emplace(buffer->id, buffer); };
  walk(
      region,
      [&](Stmt s) {
        if (const auto* n = s.as<Let>()) bound.insert(n->var);
        if (const auto* n = s.as<For>()) bound.insert(n->var);
        if (const auto* n = s.as<Load>()) bound.insert(n->var), use(n->buffer);
        if (const auto* n = s.as<Store>()) use(n->buffer);
        if (const auto* n = s.as<Prefetch>()) use(n->buffer);
        if (const auto* n = s.as<Allocate>())
          if (!in_scratch.count(n->buffer)) allocated.insert(n->buffer);
        if (s.as<Report>()) result.reports = true;
      },
      [&](Expr root) {
        walk(root, [&](Expr e) {
          if (const auto* n = e.as<Variable>()) result.vars.emplace(n->var->id, n->var);
          if (const auto* n = e.as<Element>()) use(n->buffer);
        });
      });
  for (Var var : bound) result.vars.erase(var->id);
  for (Buffer buffer : allocated) result.buffers.erase(buffer->id);
  return result;
}

class Emitter : public StatementPrinter {
 public:
  Emitter(const Program& program, const Target& target, const std::string& symbol)
      : StatementPrinter(program, std::make_unique<CpuPrelude>(target.features)), symbol_(symbol) {
    prelude().type(DType::i32);
    prelude().type(DType::i64);
    names_.reserve(symbol);
  }

  EmittedKernel run() {
    Context& context = *program_.context;
    EmittedKernel kernel{symbol_, {}, context.index(1), {}, program_.buffers, {}};
    for (const SizeParam& size : program_.sizes) kernel.sizes.push_back(size.var);
    const Scratch scratch = place_scratch(program_);
    kernel.scratch_bytes = scratch.bytes;
    for (const ScratchBuffer& placed : scratch.buffers) in_scratch_.insert(placed.buffer);

    const Captures used = captures_of(program_.body, in_scratch_);
    depth_ = 1;
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
      Buffer buffer = program_.buffers[i];
      if (!used.buffers.count(buffer->id)) continue;
      exprs_.name(buffer, names_.fresh(buffer->name));
      const std::string type = pointer_type(buffer);
      line("{} {} = ({})buffers[{}];", type, exprs_.name_of(buffer), type, i);
    }
    std::set<Var> needed;
    for (const auto& [id, var] : used.vars) needed.insert(var);
    for (const ScratchBuffer& placed : scratch.buffers)
      walk(placed.offset, [&](Expr e) {
        if (const auto* n = e.as<Variable>()) needed.insert(n->var);
      });
    for (size_t i = 0; i < program_.sizes.size(); ++i) {
      Var var = program_.sizes[i].var;
      if (!needed.count(var)) continue;
      exprs_.name(var, names_.fresh(var->name));
      line("const int64_t {} = sizes[{}];", exprs_.print(context.variable(var)), i);
    }
    for (const ScratchBuffer& placed : scratch.buffers) {
      exprs_.name(placed.buffer, names_.fresh(placed.buffer->name));
      line("{0} {1} = ({0})((char*)scratch + {2});", pointer_type(placed.buffer),
           exprs_.name_of(placed.buffer), exprs_.print(placed.offset, Strength::product));
    }
    parallel_extent_ = context.index(1);
    emit_block(program_.body);
    kernel.parallel_extent = launch_size(substitute(parallel_extent_, prologue_));
    const std::string body = std::move(out_);
    // A namespace: several kernels may share a file.
    kernel.text = hidet::format(
        "namespace hidet_{0} {{\n{1}{2}extern \"C\" void {0}(void* const* buffers, const int64_t* "
        "sizes, int64_t begin,\n{3:{4}}int64_t end, void* scratch, int32_t* status) "
        "{{\n{5}}}\n}}\n",
        symbol_, prelude().text(), functions_, "", symbol_.size() + 17, body);
    return kernel;
  }

 private:
  std::string pointer_type(Buffer buffer) {
    if (buffer->scope == Scope::registers) return exprs_.type(buffer->type) + "*";
    const std::string element = exprs_.scalar_type(buffer->type.dtype);
    return buffer->scope == Scope::constant ? "const " + element + "* __restrict" : element + "*";
  }

  void emit_report(const Report& node) override {
    line("if ({}) *status = {};", exprs_.print(node.condition), node.code);
  }
  void on_let(const Let& node) override {
    if (depth_ == 1) prologue_[node.var] = substitute(node.value, prologue_);
  }
  void emit_other(Stmt s) override {
    if (const auto* n = s.as<Prefetch>()) return text_line(exprs_.prefetch(n->buffer, n->index[0]));
    if (const auto* n = s.as<Outline>()) return emit_outline(*n);
    HIDET_UNREACHABLE("{} is not lowered", name_of(s.kind()));
  }

  void emit_for(const For& loop) override {
    HIDET_ASSERT(loop.loop != ForKind::vector, "a loop over lanes is left");
    std::string pragma;
    if (loop.loop == ForKind::unrolled) {
      const auto extent = as_int(loop.extent);
      HIDET_ASSERT(extent, "an unrolled loop has a constant extent");
      pragma = hidet::format("#pragma GCC unroll {}", *extent);
    }
    if (loop.loop != ForKind::parallel)
      return emit_loop(loop, "0", exprs_.print(loop.extent, Strength::shift), pragma);
    HIDET_ASSERT(depth_ == 1, "the parallel loop is not outermost");
    parallel_extent_ = loop.extent;
    emit_loop(loop, "begin", "end", pragma);
  }

  void emit_allocate(const Allocate& node) override {
    Buffer buffer = node.buffer;
    if (in_scratch_.count(buffer)) return;
    const auto size = constant_size(buffer);
    HIDET_ASSERT(size, "{} has no constant size", buffer->name);
    const std::string name = names_.fresh(buffer->name);
    const bool registers = buffer->scope == Scope::registers;
    line("{}{} {}[{}];", registers ? "" : "alignas(64) ",
         registers ? exprs_.type(buffer->type) : exprs_.scalar_type(buffer->type.dtype), name,
         *size);
    exprs_.name(buffer, name);
  }

  void emit_outline(const Outline& node) {
    const Captures used = captures_of(node.body, in_scratch_);
    const std::string function = function_names_.fresh(symbol_ + "_" + node.name);
    Context& context = *program_.context;
    std::string parameters, arguments;
    const auto add = [&](const std::string& type, const std::string& argument) {
      parameters += hidet::format("{}{} {}", parameters.empty() ? "" : ", ", type, argument);
      arguments += (arguments.empty() ? "" : ", ") + argument;
    };
    for (const auto& [id, buffer] : used.buffers) add(pointer_type(buffer), exprs_.name_of(buffer));
    std::string outer = std::move(out_);
    out_.clear();
    const int outer_depth = depth_;
    Substitution unused;
    for (const auto& [id, var] : used.vars) {
      const Expr e = context.variable(var);
      const int bits = is_mask(var) ? exprs_.mask_bits(e) : 0;
      add("const " + exprs_.type(var->type, bits), exprs_.print(e));
    }
    if (used.reports) add("int32_t*", "status");
    depth_ = 1;
    names_.enter();
    emit_block(node.body);
    names_.leave();
    functions_ += hidet::format("static __attribute__((noinline)) void {}({}) {{\n{}}}\n", function,
                                parameters, out_);
    out_ = std::move(outer);
    depth_ = outer_depth;
    line("{}({});", function, arguments);
  }

  std::string symbol_;
  Names function_names_;
  std::set<Buffer> in_scratch_;
  Substitution prologue_;  // what is bound outside of the parallel loop
  Expr parallel_extent_;
  std::string functions_;
};

}  // namespace

EmittedKernel emit_cpp(const Program& program, const Target& target, const std::string& symbol) {
  return Emitter(program, target, symbol).run();
}

}  // namespace hidet
