#include "emit/emit_cpp.h"

#include <map>
#include <set>

#include "emit/cpp_expr.h"
#include "emit/names.h"
#include "emit/scratch.h"
#include "ir/visit.h"

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

// A launch size in the functions that sizes are stated in; it is not negative, so they agree.
class AsSize : public Rewriter {
 protected:
  Expr on_expr(Expr e) override {
    e = recurse(e);
    const auto* call = e.as<Call>();
    if (!call) return e;
    const auto with = [&](Function function) { return e.context().call(function, call->args); };
    switch (call->function) {
      case Function::truncdiv:
        return with(Function::floordiv);
      case Function::fmod:
        return with(Function::mod);
      case Function::min_fast:
        return with(Function::min);
      case Function::max_fast:
        return with(Function::max);
      default:
        return e;
    }
  }
};

class Emitter {
 public:
  Emitter(const Program& program, const Target& target, const std::string& symbol)
      : program_(program), symbol_(symbol), prelude_(target.features), exprs_(prelude_) {
    prelude_.type(DType::i32);
    prelude_.type(DType::i64);
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
    kernel.parallel_extent = AsSize().rewrite(substitute(parallel_extent_, prologue_));
    const std::string body = std::move(out_);
    // A namespace: several kernels may share a file.
    kernel.text = hidet::format(
        "namespace hidet_{0} {{\n{1}{2}extern \"C\" void {0}(void* const* buffers, const int64_t* "
        "sizes, int64_t begin,\n{3:{4}}int64_t end, void* scratch, int32_t* status) "
        "{{\n{5}}}\n}}\n",
        symbol_, prelude_.text(), functions_, "", symbol_.size() + 17, body);
    return kernel;
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_line(hidet::format(format, std::forward<Args>(args)...));
  }
  void text_line(std::string_view text) {
    out_.append(static_cast<size_t>(2 * depth_), ' ');
    out_ += text;
    out_ += '\n';
  }

  std::string pointer_type(Buffer buffer) {
    if (buffer->scope == Scope::registers) return exprs_.type(buffer->type) + "*";
    const std::string element = exprs_.scalar_type(buffer->type.dtype);
    return buffer->scope == Scope::constant ? "const " + element + "* __restrict" : element + "*";
  }

  void emit_body(Stmt s) {
    ++depth_;
    names_.enter();
    emit_block(s);
    names_.leave();
    --depth_;
  }

  void emit_block(Stmt s) {
    if (!s) return;
    if (const auto* block = s.as<Block>()) {
      for (size_t i = 0; i < block->body.size(); ++i) emit_at(block->body, i);
    } else {
      emit(s);
    }
  }

  // A Load whose variable is used once, with nothing but bindings in between, is written there.
  void emit_at(const std::vector<Stmt>& list, size_t i) {
    const auto* load = list[i].as<Load>();
    size_t next = i + 1;
    if (load) {
      while (next < list.size() && (list[next].as<Load>() || list[next].as<Let>()) &&
             occurrences(list[next], load->var) == 0)
        ++next;
    }
    if (!load || next == list.size() || occurrences(list[next], load->var) != 1 ||
        !is_leaf(list[next]) || used_after(list, next + 1, load->var)) {
      return emit(list[i]);
    }
    exprs_.name(
        load->var,
        exprs_.load(load->buffer, load->index[0], load->mask, load->otherwise, Strength::primary),
        Strength::primary, is_mask(load->var) ? 8 : 0);
  }
  static bool is_leaf(Stmt s) { return s.as<Store>() || s.as<Let>(); }
  static bool is_mask(Var var) { return var->type.dtype == DType::b8 && var->type.is_vector(); }
  // Places in the text of s itself; a shared expression counts wherever it is written.
  static int occurrences(Stmt s, Var var) {
    int count = 0;
    std::function<void(Expr)> look = [&](Expr e) {
      const auto* variable = e.as<Variable>();
      if (variable && variable->var == var) ++count;
      if (count < 2) for_each_child(e, look);
    };
    for_each_child(s, look, [](Stmt) {});
    return count;
  }
  static bool used_after(const std::vector<Stmt>& list, size_t from, Var var) {
    bool found = false;
    for (size_t i = from; i < list.size() && !found; ++i) {
      walk(list[i], [](Stmt) {}, [&](Expr root) { found = found || uses(root, var); });
    }
    return found;
  }

  void bind(Var var, const std::string& text, int mask_bits) {
    const std::string name = names_.fresh(var->name);
    line("const {} {} = {};", exprs_.type(var->type, mask_bits), name, text);
    exprs_.name(var, name, Strength::primary, mask_bits);
  }

  void emit(Stmt s) {
    switch (s.kind()) {
      case StmtKind::Block:
        line("{{");
        emit_body(s);
        line("}}");
        return;
      case StmtKind::Let: {
        const auto& n = *s.as<Let>();
        if (depth_ == 1) prologue_[n.var] = substitute(n.value, prologue_);
        if (is_mask(n.var)) {
          const int bits = exprs_.mask_bits(n.value);
          bind(n.var, exprs_.mask(n.value, bits), bits);
        } else {
          bind(n.var, exprs_.print(n.value), 0);
        }
        return;
      }
      case StmtKind::Load: {
        const auto& n = *s.as<Load>();
        bind(n.var, exprs_.load(n.buffer, n.index[0], n.mask, n.otherwise, Strength::ternary),
             is_mask(n.var) ? 8 : 0);
        return;
      }
      case StmtKind::Store: {
        const auto& n = *s.as<Store>();
        text_line(exprs_.store(n.buffer, n.index[0], n.value, n.mask));
        return;
      }
      case StmtKind::Prefetch: {
        const auto& n = *s.as<Prefetch>();
        text_line(exprs_.prefetch(n.buffer, n.index[0]));
        return;
      }
      case StmtKind::For:
        return emit_for(*s.as<For>());
      case StmtKind::If:
        return emit_if(*s.as<If>(), "");
      case StmtKind::Allocate:
        return emit_allocate(*s.as<Allocate>());
      case StmtKind::Outline:
        return emit_outline(*s.as<Outline>());
      case StmtKind::Report: {
        const auto& n = *s.as<Report>();
        line("if ({}) *status = {};", exprs_.print(n.condition), n.code);
        return;
      }
      default:
        HIDET_UNREACHABLE("{} is not lowered", name_of(s.kind()));
    }
  }

  void emit_for(const For& loop) {
    HIDET_ASSERT(loop.loop != ForKind::vector, "a loop over lanes is left");
    const bool parallel = loop.loop == ForKind::parallel;
    std::string first = "0", last;
    if (parallel) {
      HIDET_ASSERT(depth_ == 1, "the parallel loop is not outermost");
      parallel_extent_ = loop.extent;
      first = "begin", last = "end";
    } else {
      last = exprs_.print(loop.extent, Strength::shift);
    }
    if (loop.loop == ForKind::unrolled) {
      const auto extent = as_int(loop.extent);
      HIDET_ASSERT(extent, "an unrolled loop has a constant extent");
      text_line(hidet::format("#pragma GCC unroll {}", *extent));
    }
    names_.enter();
    const std::string name = names_.fresh(loop.var->name);
    exprs_.name(loop.var, name);
    line("for (int64_t {0} = {1}; {0} < {2}; ++{0}) {{", name, first, last);
    emit_body(loop.body);
    names_.leave();
    line("}}");
  }

  void emit_if(const If& node, const std::string& prefix) {
    line("{}if ({}) {{", prefix, exprs_.print(node.condition));
    emit_body(node.then);
    if (!node.otherwise) {
      line("}}");
    } else if (const auto* chained = node.otherwise.as<If>()) {
      emit_if(*chained, "} else ");
    } else {
      line("}} else {{");
      emit_body(node.otherwise);
      line("}}");
    }
  }

  void emit_allocate(const Allocate& node) {
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

  const Program& program_;
  std::string symbol_;
  CpuPrelude prelude_;
  CppExprs exprs_;
  Names names_;
  Names function_names_;
  std::set<Buffer> in_scratch_;
  Substitution prologue_;  // what is bound outside of the parallel loop
  Expr parallel_extent_;
  std::string functions_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

EmittedKernel emit_cpp(const Program& program, const Target& target, const std::string& symbol) {
  return Emitter(program, target, symbol).run();
}

}  // namespace hidet
