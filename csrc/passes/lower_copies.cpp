#include "passes/lower_copies.h"

#include "ir/tensor_load.h"
#include "passes/scoped_rewriter.h"
#include "passes/spread_over_threads.h"

namespace hidet {

namespace {

constexpr int64_t kWidths[] = {16, 8, 4};  // bytes

// The terms of a conjunction.
void split(Expr condition, std::vector<Expr>& terms) {
  const auto* call = condition.as<Call>();
  if (call && call->function == Function::logical_and) {
    split(call->args[0], terms);
    split(call->args[1], terms);
  } else if (!is_int(condition, 1)) {
    terms.push_back(condition);
  }
}

bool is_zero(Expr e) {
  const auto* constant = e.as<Constant>();
  return constant && constant->bits == 0;
}

Expr flat_index(Buffer buffer, const std::vector<Expr>& index) {
  const Layout<Expr> layout = buffer->layout ? *buffer->layout : row_major<Expr>(buffer->shape);
  return layout.offset(index);
}

class Lowering : public ScopedRewriter {
 public:
  using ScopedRewriter::ScopedRewriter;

 protected:
  Stmt on_stmt(Stmt s) override {
    if (const auto* n = s.as<Instruction>(); n && n->name == "tma_load") return tensor_load(*n);
    const auto* tasks = s.as<ForTask>();
    if (!tasks) return recurse_scoped(s);
    const auto* store = tasks->body.as<Store>();
    if (!store || store->transport == Transport::direct) return recurse_scoped(s);
    if (store->transport == Transport::cp_async)
      for (const int64_t bytes : kWidths)
        if (const Stmt copies = asynchronous(*tasks, *store, bytes)) return copies;
    Store plain = *store;
    plain.transport = Transport::direct;
    ForTask result = *tasks;
    result.body = context_.make(std::move(plain));
    return context_.make(std::move(result));
  }

 private:
  struct Read {
    const Element* element = nullptr;
    std::vector<Expr> inside;  // where it is read; zero elsewhere
  };
  static std::optional<Read> read_of(Expr value) {
    Read read;
    for (const Call* call = value.as<Call>(); call; call = value.as<Call>()) {
      if (call->function != Function::where || !is_zero(call->args[2])) return std::nullopt;
      split(call->args[0], read.inside);
      value = call->args[1];
    }
    read.element = value.as<Element>();
    if (!read.element) return std::nullopt;
    return read;
  }

  // The copies of `bytes` at a time; null where that is not what the store does.
  Stmt asynchronous(const ForTask& tasks, const Store& store, int64_t bytes) {
    const std::optional<Read> read = read_of(store.value);
    const int64_t size = bytes_of(store.buffer->type.dtype);
    const int64_t width = bytes / size;
    if (!read || read->element->type != store.buffer->type || store.mask || width < 1) return {};
    Buffer source = read->element->buffer;
    if (source->scope != Scope::constant) return {};
    if (std::max<int64_t>(source->alignment, size) % bytes != 0) return {};

    std::vector<Expr> extents = tasks.mapping.task_shape();
    for (size_t axis = 0; axis < tasks.covers.size(); ++axis) extents[axis] = tasks.covers[axis];
    const auto last = as_int(extents.back());
    if (!last || *last % width != 0) return {};
    extents.back() = context_.index(*last / width);

    // One task for each `width` elements along the last axis; `place` counts inside of them.
    Analyzer::Scope scope(analyzer_);
    ForTask result;
    result.scope = WorkerScope::thread;
    result.mapping = spread_over_threads(context_, extents, *as_int(tasks.mapping.workers()));
    result.covers = extents;
    Substitution values;
    for (size_t axis = 0; axis < extents.size(); ++axis) {
      result.vars.push_back(context_.make_var(tasks.vars[axis]->type, tasks.vars[axis]->name));
      analyzer_.bind(result.vars.back(), extents[axis]);
      values[tasks.vars[axis]] = context_.variable(result.vars.back());
    }
    Var place_var = context_.make_var(Type{DType::i64}, "place");
    analyzer_.bind(place_var, width);
    const Expr place = context_.variable(place_var);
    Expr& along = values[tasks.vars.back()];
    along = along * width + place;
    const auto at = [&](const std::vector<Expr>& index) {
      std::vector<Expr> moved;
      for (Expr e : index) moved.push_back(analyzer_.simplify(substitute(e, values)));
      return moved;
    };
    const std::vector<Expr> to = at(store.index), from = at(read->element->index);
    if (!is_run(flat_index(store.buffer, to), place, width) ||
        !is_run(flat_index(source, from), place, width))
      return {};

    Expr inside, count = context_.index(width);
    for (Expr term : read->inside) {
      term = analyzer_.simplify(substitute(term, values));
      if (uses(term, place_var)) {
        const auto* less = term.as<Call>();
        if (!less || less->function != Function::lt) return {};
        const std::optional<Expr> first = start_of(less->args[0], place);
        const Expr bound = less->args[1];
        if (!first || uses(bound, place_var)) return {};
        term = *first < bound;
        if (!analyzer_.divides(width, bound) || !analyzer_.divides(width, *first))
          count = context_.call(Function::min, {count, bound - *first});
      }
      if (is_int(term, 1)) continue;
      inside = inside ? inside && term : term;
    }
    Expr number = context_.cast(DType::i32, count * size);
    if (inside)
      number = context_.call(Function::where,
                             {inside, number, context_.constant(number.type(), int64_t{0})});
    const Substitution begin = {{place_var, context_.index(0)}};
    const auto first_of = [&](std::vector<Expr> index) {
      for (Expr& e : index) e = analyzer_.simplify(substitute(e, begin));
      return index;
    };
    Instruction copy{.name = hidet::format("cp_async_{}", bytes)};
    copy.addresses = {{store.buffer, first_of(to)}, {source, first_of(from)}};
    copy.values = {number};
    result.body = context_.make(std::move(copy));
    return context_.make(std::move(result));
  }

  // A load by TMA of the box that begins at an element.
  Stmt tensor_load(const Instruction& node) {
    const auto* element = node.values[0].as<Element>();
    HIDET_ASSERT(element, "a copy by TMA of what is computed");
    Buffer source = element->buffer;
    const size_t rank = source->shape.size();
    const Layout<Expr> layout = source->layout ? *source->layout : row_major<Expr>(source->shape);
    TensorLoad load;
    const std::vector<Expr> first(rank, context_.index(0));
    for (size_t axis = rank; axis-- > 0;) {
      load.coordinates.push_back(element->index[axis]);
      load.sizes.push_back(source->shape[axis]);
      load.box.push_back(node.values.at(1 + axis));
      std::vector<Expr> next = first;
      next[axis] = context_.index(1);
      const Expr stride = analyzer_.simplify(layout.offset(next) - layout.offset(first));
      if (axis + 1 < rank) load.strides.push_back(stride);
      HIDET_ASSERT(axis + 1 < rank || is_int(stride, 1),
                   "a copy by TMA of {}, whose last axis does not lie side by side", source->name);
    }
    load.swizzle_bytes = node.values.back();
    Instruction result{.name = hidet::format("tma_load_{}d", rank)};
    result.addresses = {node.addresses[0], {source, first}, node.addresses[1]};
    result.values = load.values();
    return context_.make(std::move(result));
  }

  // e without `place`, where it is that plus `place`.
  std::optional<Expr> start_of(Expr e, Expr place) {
    const Affine whole = Affine::of(analyzer_.simplify(e));
    if (!whole.coefficient_of(place).is_constant(1)) return std::nullopt;
    const Expr rest = (whole - Affine::atom(place, place.type())).expression(context_);
    if (uses(rest, place.as<Variable>()->var)) return std::nullopt;
    return rest;
  }
  // Whether offset runs over `width` successive numbers from a multiple of it.
  bool is_run(Expr offset, Expr place, int64_t width) {
    // A swizzle keeps chunks together and aligned.
    if (const auto* call = offset.as<Call>(); call && call->function == Function::bit_xor)
      return is_run(call->args[0], place, width) && analyzer_.divides(width, call->args[1]);
    const std::optional<Expr> start = start_of(offset, place);
    return start && analyzer_.divides(width, *start);
  }
};

}  // namespace

Program lower_copies(const Program& program) {
  Program result = program;
  result.body = Lowering(program).rewrite(program.body);
  return result;
}

}  // namespace hidet
