#include "ir/async_trace.h"

#include <map>

#include "ir/function.h"
#include "ir/visit.h"

namespace hidet {

bool BufferPart::overlaps(const BufferPart& other) const {
  if (buffer != other.buffer) return false;
  for (size_t axis = 0; axis < std::min(ranges.size(), other.ranges.size()); ++axis) {
    const Range &a = ranges[axis], &b = other.ranges[axis];
    if (!a.start || !b.start) continue;
    if (a.extent && *a.start + *a.extent <= *b.start) return false;
    if (b.extent && *b.start + *b.extent <= *a.start) return false;
  }
  return true;
}

std::optional<int64_t> BufferPart::bytes() const {
  int64_t bits = bits_of(buffer->type.dtype) * buffer->type.lanes;
  for (const Range& range : ranges) {
    if (!range.extent) return std::nullopt;
    bits *= *range.extent;
  }
  return bits / 8;
}

namespace {

struct Unclear {
  Stmt stmt;
};

// Which way a path goes at each point where it is not determined.
class Choices {
 public:
  int choose(int options) {
    if (next_ == taken_.size()) taken_.push_back({0, options});
    return taken_[next_++].first;
  }
  // Goes on to the next path; false after the last one.
  bool advance() {
    next_ = 0;
    while (!taken_.empty()) {
      if (++taken_.back().first < taken_.back().second) return true;
      taken_.pop_back();
    }
    return false;
  }

 private:
  std::vector<std::pair<int, int>> taken_;  // choice, options
  size_t next_ = 0;
};

class Tracer {
 public:
  Tracer(Choices& choices, int iterations) : choices_(choices), iterations_(iterations) {}

  // Loops that go as far as sizes say are decided first, so that conditions on these sizes follow.
  void decide_extents(Stmt root) {
    std::vector<Expr> extents;
    std::map<uint32_t, Expr> loop_vars;
    walk(root, [&](Stmt s) {
      if (const auto* n = s.as<Let>(); n && is_integer(n->var->type.dtype))
        lets_[n->var->id] = n->value;
      if (const auto* n = s.as<For>()) {
        loop_vars[n->var->id] = n->extent;
        if (does_something(n->body)) extents.push_back(n->extent);
      }
    });
    const std::function<bool(Expr)> fixed = [&](Expr root) {
      bool result = true;
      walk(root, [&](Expr e) {
        const auto* n = e.as<Variable>();
        if (!n) return;
        const auto let = lets_.find(n->var->id);
        result =
            result && !loop_vars.count(n->var->id) && (let == lets_.end() || fixed(let->second));
      });
      return result;
    };
    for (Expr extent : extents)
      if (fixed(extent)) count(extent);
  }

  Trace trace(Stmt s) {
    Trace outer = std::move(trace_);
    trace_.clear();
    statement(s);
    std::swap(outer, trace_);
    return outer;
  }

 private:
  static constexpr int64_t kLongestLoop = 64;  // of a known extent

  // The value of an integer expression, as far as the path determines it.
  std::optional<int64_t> value(Expr e) const {
    if (auto constant = as_int(e)) return constant;
    if (auto it = chosen_.find(e.get()); it != chosen_.end()) return it->second;
    if (const auto* n = e.as<Variable>()) {
      if (auto it = vars_.find(n->var->id); it != vars_.end()) return it->second;
      const auto let = lets_.find(n->var->id);
      return let == lets_.end() ? std::nullopt : value(let->second);
    }
    const auto* n = e.as<Call>();
    if (!n || e.type().is_vector()) return std::nullopt;
    std::vector<int64_t> args;
    for (Expr arg : n->args) {
      const auto known = is_floating(arg.type().dtype) ? std::nullopt : value(arg);
      if (!known) {
        // One side may decide.
        const auto decides = [&](int64_t side) {
          for (Expr other : n->args)
            if (auto v = value(other); v && (*v != 0) == (side != 0)) return true;
          return false;
        };
        if (n->function == Function::logical_and && decides(0)) return 0;
        if (n->function == Function::logical_or && decides(1)) return 1;
        return std::nullopt;
      }
      args.push_back(*known);
    }
    const size_t operand = n->function == Function::where ? 1 : 0;
    return evaluate_integer(n->function, n->args[operand].type().dtype, args);
  }

  BufferPart region(const Tile& tile) const {
    BufferPart result{tile.buffer, {}};
    for (const Slice& slice : tile.slices)
      result.ranges.push_back(
          {value(slice.start), slice.extent ? value(slice.extent) : std::optional<int64_t>(1)});
    return result;
  }
  BufferPart element(Buffer buffer, const std::vector<Expr>& index) const {
    BufferPart result{buffer, {}};
    for (Expr e : index) result.ranges.push_back({value(e), std::optional<int64_t>(1)});
    return result;
  }
  static bool matters(Buffer buffer) {
    return buffer && (buffer->scope == Scope::shared || buffer->scope == Scope::registers);
  }
  static bool matters(const Tile& tile) { return matters(tile.buffer); }

  Event& add(Event::Kind kind, Stmt s) {
    trace_.push_back(Event{.kind = kind, .stmt = s});
    return trace_.back();
  }
  void read(Event& event, const Tile& tile) const {
    if (matters(tile)) event.reads.push_back(region(tile));
  }
  void write(Event& event, const Tile& tile) const {
    if (matters(tile)) event.writes.push_back(region(tile));
  }
  int64_t determined(Stmt s, Expr e) const {
    const auto known = value(e);
    if (!known) throw Unclear{s};
    return *known;
  }

  // The iterations of a loop on this path.
  int64_t count(Expr extent) {
    if (auto known = value(extent)) return std::min(*known, kLongestLoop);
    const int64_t chosen = choices_.choose(iterations_ + 1);
    // Of a bound variable, its value.
    while (const auto* n = extent.as<Variable>()) {
      const auto let = lets_.find(n->var->id);
      if (let == lets_.end()) break;
      extent = let->second;
    }
    chosen_[extent.get()] = chosen;
    return chosen;
  }
  bool holds(Expr condition) {
    if (auto known = value(condition)) return *known != 0;
    // The same condition again, of variables of the same values, goes the same way.
    std::vector<int64_t> key{condition->id};
    walk(condition, [&](Expr e) {
      if (const auto* n = e.as<Variable>())
        if (auto it = vars_.find(n->var->id); it != vars_.end()) key.push_back(it->second);
    });
    auto it = conditions_.find(key);
    if (it == conditions_.end()) it = conditions_.emplace(key, choices_.choose(2) == 0).first;
    return it->second;
  }

  // Whether it is of any interest which way control goes around a statement.
  static bool does_something(Stmt s) {
    bool found = false;
    if (!s) return false;
    walk(s, [&](Stmt at) {
      switch (at.kind()) {
        case StmtKind::Block:
        case StmtKind::Let:
        case StmtKind::For:
        case StmtKind::ForTask:
        case StmtKind::If:
        case StmtKind::Outline:
        case StmtKind::Prefetch:
        case StmtKind::SiteStore:
        case StmtKind::Report:
        case StmtKind::Exchange:
        case StmtKind::Instruction:
          return;
        case StmtKind::Load:
          found = found || matters(at.as<Load>()->buffer);
          return;
        case StmtKind::Store:
          found = found || matters(at.as<Store>()->buffer);
          return;
        default:
          found = true;
      }
    });
    return found;
  }

  void loop(const For& n) {
    if (!does_something(n.body)) return;
    const int64_t times = count(n.extent);
    for (int64_t i = 0; i < times; ++i) {
      vars_[n.var->id] = i;
      statement(n.body);
    }
    vars_.erase(n.var->id);
  }

  void loop_over_tasks(Stmt s, const ForTask& n) {
    if (n.scope == WorkerScope::block) {
      // A block that has several tasks does one after the other.
      const int times = n.mapping.repeat_extents().empty() ? 1 : 2;
      for (int i = 0; i < times; ++i) statement(n.body);
      return;
    }
    Event event{.kind = Event::Kind::access, .stmt = s};
    walk(n.body, [&](Stmt at) {
      if (const auto* load = at.as<Load>(); load && matters(load->buffer))
        event.reads.push_back(element(load->buffer, load->index));
      if (const auto* store = at.as<Store>(); store && matters(store->buffer))
        event.writes.push_back(element(store->buffer, store->index));
    });
    if (!event.reads.empty() || !event.writes.empty()) trace_.push_back(std::move(event));
  }

  void statement(Stmt s) {
    if (!s) return;
    if (const auto* n = s.as<Block>()) {
      for (Stmt item : n->body) statement(item);
    } else if (const auto* n = s.as<Let>()) {
      // Its value now: loop variables in it go on.
      if (auto known = is_integer(n->var->type.dtype) ? value(n->value) : std::nullopt)
        vars_[n->var->id] = *known;
      else
        vars_.erase(n->var->id);
    } else if (const auto* n = s.as<For>()) {
      loop(*n);
    } else if (const auto* n = s.as<ForTask>()) {
      loop_over_tasks(s, *n);
    } else if (const auto* n = s.as<If>()) {
      if (!does_something(n->then) && (!n->otherwise || !does_something(n->otherwise))) return;
      statement(holds(n->condition) ? n->then : n->otherwise);
    } else if (const auto* n = s.as<Outline>()) {
      statement(n->body);
    } else if (const auto* n = s.as<Roles>()) {
      Event event{.kind = Event::Kind::roles, .stmt = s};
      for (const Role& role : n->roles) event.roles.push_back(trace(role.body));
      trace_.push_back(std::move(event));
    } else {
      simple(s);
    }
  }

  void simple(Stmt s) {
    using Kind = Event::Kind;
    if (const auto* n = s.as<Load>()) {
      if (matters(n->buffer)) add(Kind::access, s).reads = {element(n->buffer, n->index)};
    } else if (const auto* n = s.as<Store>()) {
      if (matters(n->buffer)) add(Kind::access, s).writes = {element(n->buffer, n->index)};
    } else if (const auto* n = s.as<Allocate>()) {
      if (n->buffer->scope == Scope::barrier) add(Kind::create, s).barrier = n->buffer;
    } else if (const auto* n = s.as<Fill>()) {
      write(add(Kind::access, s), n->tile);
    } else if (const auto* n = s.as<Copy>()) {
      copy(s, *n);
    } else if (const auto* n = s.as<Reduce>()) {
      Event& event = add(Kind::access, s);
      read(event, n->source);
      write(event, n->target);
    } else if (const auto* n = s.as<Mma>()) {
      Event& event = add(n->asynchronous ? Kind::product : Kind::access, s);
      event.group = AsyncKind::wgmma;
      read(event, n->a);
      read(event, n->b);
      write(event, n->accumulator);
    } else if (const auto* n = s.as<Commit>()) {
      add(Kind::commit, s).group = n->group;
    } else if (const auto* n = s.as<Wait>()) {
      Event& event = add(Kind::wait, s);
      event.group = n->group;
      event.leaving = n->leaving;
    } else if (s.as<Barrier>()) {
      add(Kind::sync, s);
    } else if (const auto* n = s.as<Arrive>()) {
      Event& event = add(Kind::arrive, s);
      event.barrier = n->barrier;
      event.index = determined(s, n->index);
    } else if (const auto* n = s.as<Expect>()) {
      Event& event = add(Kind::arrive, s);
      event.barrier = n->barrier;
      event.index = determined(s, n->index);
      event.expected = determined(s, n->bytes);
    } else if (const auto* n = s.as<WaitBarrier>()) {
      Event& event = add(Kind::wait_barrier, s);
      event.barrier = n->barrier;
      event.index = determined(s, n->index);
      event.parity = determined(s, n->parity);
    }
  }

  void copy(Stmt s, const Copy& n) {
    using Kind = Event::Kind;
    const Kind kind = n.transport == Transport::direct     ? Kind::access
                      : n.transport == Transport::cp_async ? Kind::copy_group
                                                           : Kind::copy_signal;
    Event& event = add(kind, s);
    read(event, n.source);
    write(event, n.target);
    if (kind != Kind::copy_signal) return;
    event.barrier = n.signal;
    event.index = determined(s, n.signal_index);
    const auto bytes = event.writes.empty() ? std::nullopt : event.writes[0].bytes();
    if (!bytes) throw Unclear{s};
    event.expected = *bytes;
  }

  Choices& choices_;
  const int iterations_;
  Trace trace_;
  std::map<uint32_t, int64_t> vars_;
  std::map<uint32_t, Expr> lets_;
  std::map<const ExprNode*, int64_t> chosen_;
  std::map<std::vector<int64_t>, bool> conditions_;
};

}  // namespace

void for_each_trace(const Program& program, int iterations, int limit,
                    const std::function<void(const Trace&)>& f,
                    const std::function<void(Stmt)>& unclear) {
  Choices choices;
  for (int paths = 0; paths < limit; ++paths) {
    try {
      Tracer tracer(choices, iterations);
      tracer.decide_extents(program.body);
      f(tracer.trace(program.body));
    } catch (const Unclear& at) {
      unclear(at.stmt);
    }
    if (!choices.advance()) return;
  }
}

}  // namespace hidet
