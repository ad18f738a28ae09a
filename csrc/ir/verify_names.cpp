#include <set>

#include "ir/verifier.h"
#include "ir/visit.h"
#include "ir/words.h"

namespace hidet {

namespace {

bool is_index(Expr e) {
  return e && is_integer(e.type().dtype);
}
bool is_condition(Expr e, int lanes) {
  return e && e.type() == Type{DType::b8, lanes};
}

// Goes through the statements with the names in scope.
class NameChecker {
 public:
  NameChecker(const Program& program, Problems& problems)
      : program_(program), problems_(problems), mapped_(program.level == Level::mapped) {}

  void run() {
    for (const SizeParam& size : program_.sizes) define({}, size.var);
    for (Buffer buffer : program_.buffers) {
      problems_.require(buffer->scope == Scope::global || buffer->scope == Scope::constant, {},
                        hidet::format("argument {} is {}", buffer->name, name_of(buffer->scope)));
      declare({}, buffer);
    }
    for (const Site& site : program_.sites) {
      problems_.require(mapped_ || program_.level == Level::loops, {},
                        hidet::format("site {} is still open", site.name));
      for (Expr e : site.shape) check({}, e);
    }
    for (Expr e : program_.grid) check({}, e);
    body(program_.body);
  }

 private:
  void define(Stmt s, Var var) {
    const bool fresh = vars_.insert(var).second;
    problems_.require(fresh, s, hidet::format("{} is bound twice", var->name));
    if (fresh) var_log_.push_back(var);
  }

  void declare(Stmt s, Buffer buffer) {
    const std::string& name = buffer->name;
    for (Expr e : buffer->shape) {
      check(s, e);
      problems_.require(is_index(e), s, hidet::format("an extent of {} is no integer", name));
    }
    if (buffer->mapping) {
      problems_.require(buffer->scope == Scope::registers, s,
                        hidet::format("{} has a mapping and is not in registers", name));
      problems_.require(buffer->mapping->task_shape() == buffer->shape, s,
                        hidet::format("{} has another shape than its mapping", name));
    }
    if (buffer->layout)
      problems_.require(buffer->layout->shape() == buffer->shape, s,
                        hidet::format("{} has another shape than its layout", name));
    problems_.require((buffer->scope == Scope::barrier) == (buffer->arrivals > 0), s,
                      hidet::format("{} of scope {} takes {} arrivals", name,
                                    name_of(buffer->scope), buffer->arrivals));
    if (buffers_.insert(buffer).second) buffer_log_.push_back(buffer);
  }

  void available(Stmt s, Buffer buffer) {
    problems_.require(buffers_.count(buffer) != 0, s,
                      hidet::format("buffer {} is not allocated", buffer->name));
  }

  // What is below a root.
  void check(Stmt s, Expr root) {
    if (!root) return;
    walk(root, [&](Expr e) {
      if (const auto* n = e.as<Variable>())
        problems_.require(vars_.count(n->var) != 0, s,
                          hidet::format("variable {} is not bound", n->var->name));
      if (const auto* n = e.as<Element>()) {
        available(s, n->buffer);
        problems_.require(
            n->buffer->scope == Scope::constant, s,
            hidet::format("{} is read in an expression and may change", n->buffer->name));
        indexed(s, n->buffer, n->index);
      }
      if (const auto* n = e.as<SiteRead>()) site_read(s, *n);
    });
  }

  void indexed(Stmt s, Buffer buffer, const std::vector<Expr>& index) {
    problems_.require(index.size() == buffer->shape.size(), s,
                      hidet::format("{} of rank {} has {} indices", buffer->name,
                                    buffer->shape.size(), index.size()));
    for (Expr e : index)
      problems_.require(is_index(e), s,
                        hidet::format("an index of {} is no integer", buffer->name));
  }

  void site_read(Stmt s, const SiteRead& node) {
    const Site* site = find_site(program_, node.site);
    if (!problems_.require(site, s, hidet::format("there is no site {}", node.site))) return;
    problems_.require(site->kind != SiteKind::store, s,
                      hidet::format("site {} takes values and gives none", node.site));
    problems_.require((site->kind == SiteKind::map) == bool(node.value), s,
                      hidet::format("site {} is a {} site", node.site, name_of(site->kind)));
    problems_.require(
        node.index.size() == site->shape.size() ||
            (site->kind == SiteKind::rowwise && node.index.size() > site->shape.size()),
        s,
        hidet::format("site {} of rank {} has {} indices", node.site, site->shape.size(),
                      node.index.size()));
    problems_.require(site->type.dtype == node.type.dtype, s,
                      hidet::format("site {} is of {}", node.site, name_of(site->type.dtype)));
  }

  // In a scope of its own.
  void body(Stmt s) {
    const size_t vars = var_log_.size(), buffers = buffer_log_.size();
    if (s) statement(s);
    forget(vars, buffers);
  }
  // What was bound since the logs had these lengths.
  void forget(size_t vars, size_t buffers) {
    for (; var_log_.size() > vars; var_log_.pop_back()) vars_.erase(var_log_.back());
    for (; buffer_log_.size() > buffers; buffer_log_.pop_back()) buffers_.erase(buffer_log_.back());
  }

  void of_mapped_level(Stmt s) {
    problems_.require(
        mapped_, s,
        hidet::format("a statement of the mapped level in one of {}", name_of(program_.level)));
  }

  void statement(Stmt s) {
    if (const auto* n = s.as<Block>()) {
      for (Stmt item : n->body)
        if (item) statement(item);
      return;
    }
    for_each_child(s, [&](Expr e) { check(s, e); }, [](Stmt) {});
    if (const auto* n = s.as<Let>()) {
      problems_.require(n->var->type == n->value.type(), s, "the variable has another type");
      define(s, n->var);
    } else if (const auto* n = s.as<Exchange>()) {
      problems_.require(n->var->type == n->value.type() && !n->var->type.is_vector(), s,
                        "the variable has another type");
      problems_.require(is_gpu(program_) && n->lane_bits > 0 && n->lane_bits < 32, s,
                        "threads of a warp exchange values");
      define(s, n->var);
    } else if (const auto* n = s.as<Load>()) {
      load(s, *n);
    } else if (const auto* n = s.as<Store>()) {
      store(s, *n);
    } else if (const auto* n = s.as<Instruction>()) {
      problems_.require(is_gpu(program_), s, "an instruction of a GPU");
      for (const Address& place : n->addresses) {
        available(s, place.buffer);
        indexed(s, place.buffer, place.index);
      }
    } else if (const auto* n = s.as<Prefetch>()) {
      prefetch(s, *n);
    } else if (const auto* n = s.as<SiteStore>()) {
      site_store(s, *n);
    } else if (const auto* n = s.as<For>()) {
      problems_.require(
          is_index(n->extent) && n->var->type == n->extent.type() && !n->extent.type().is_vector(),
          s, "the extent and the variable of a loop are integers of one type");
      problems_.require(n->loop != ForKind::vector || as_int(n->extent), s,
                        "a vector has a constant number of lanes");
      if (n->loop == ForKind::blocks || n->loop == ForKind::threads)
        problems_.require(is_gpu(program_), s, hidet::format("{} has no blocks", program_.target));
      problems_.require(n->loop != ForKind::threads || is_int(n->extent, program_.threads), s,
                        hidet::format("a block has {} threads", program_.threads));
      nested(n->body, {n->var}, s);
    } else if (const auto* n = s.as<ForTask>()) {
      for_task(s, *n);
    } else if (const auto* n = s.as<If>()) {
      problems_.require(is_condition(n->condition, 1), s, "a condition is a boolean");
      body(n->then);
      body(n->otherwise);
    } else if (const auto* n = s.as<Allocate>()) {
      problems_.require(n->buffer->scope != Scope::global && n->buffer->scope != Scope::constant, s,
                        "global memory is an argument");
      declare(s, n->buffer);
      threads_of(s, n->buffer->mapping);
    } else if (const auto* n = s.as<Outline>()) {
      body(n->body);
    } else if (const auto* n = s.as<Report>()) {
      problems_.require(is_condition(n->condition, 1), s, "a condition is a boolean");
    } else if (const auto* n = s.as<Roles>()) {
      roles(s, *n);
    } else {
      tile_statement(s);
    }
  }

  void nested(Stmt inner, const std::vector<Var>& vars, Stmt s) {
    const size_t before = var_log_.size();
    for (Var var : vars) define(s, var);
    body(inner);
    forget(before, buffer_log_.size());
  }

  void load(Stmt s, const Load& n) {
    available(s, n.buffer);
    indexed(s, n.buffer, n.index);
    const int lanes = lanes_of(n.buffer, n.index);
    problems_.require(n.var->type == n.buffer->type.with_lanes(lanes), s,
                      "the variable has another type than what is read");
    problems_.require(n.buffer->scope != Scope::barrier, s, "a barrier has no value");
    mask(s, n.mask, lanes);
    if (n.mask)
      problems_.require(n.otherwise && n.otherwise.type() == n.var->type, s,
                        "a masked read has another value of its type");
    define(s, n.var);
  }

  void store(Stmt s, const Store& n) {
    available(s, n.buffer);
    indexed(s, n.buffer, n.index);
    const int lanes = lanes_of(n.buffer, n.index);
    problems_.require(n.value.type() == n.buffer->type.with_lanes(lanes), s,
                      "the value has another type than what it is stored to");
    problems_.require(n.buffer->scope != Scope::constant && n.buffer->scope != Scope::barrier, s,
                      "memory that nothing writes");
    mask(s, n.mask, lanes);
  }

  void prefetch(Stmt s, const Prefetch& n) {
    if (!n.buffer) {
      const Site* site = find_site(program_, n.site);
      if (problems_.require(site && site->kind == SiteKind::read, s, "no read site"))
        problems_.require(n.index.size() == site->shape.size(), s,
                          hidet::format("the site has rank {}", site->shape.size()));
      return;
    }
    available(s, n.buffer);
    indexed(s, n.buffer, n.index);
    problems_.require(n.buffer->scope == Scope::global || n.buffer->scope == Scope::constant, s,
                      "what is not in global memory is not prefetched");
  }

  void site_store(Stmt s, const SiteStore& n) {
    const Site* site = find_site(program_, n.site);
    if (!problems_.require(site && site->kind == SiteKind::store, s, "no store site")) return;
    problems_.require(n.index.size() == site->shape.size(), s,
                      hidet::format("the site has rank {}", site->shape.size()));
    problems_.require(n.value.type().dtype == site->type.dtype, s,
                      hidet::format("the site takes {}", name_of(site->type.dtype)));
  }

  static int lanes_of(Buffer buffer, const std::vector<Expr>& index) {
    int lanes = buffer->type.lanes;
    for (Expr e : index) lanes = std::max(lanes, e.type().lanes);
    return lanes;
  }
  void mask(Stmt s, Expr mask, int lanes) {
    if (mask) problems_.require(is_condition(mask, lanes), s, "a mask has a boolean for each lane");
  }

  // The threads of a register tile or loop are those that run it.
  void threads_of(Stmt s, const std::optional<Mapping>& mapping) {
    if (!is_gpu(program_) || !mapping) return;
    const auto workers = as_int(mapping->workers());
    const int threads = role_threads_ ? role_threads_ : program_.threads;
    problems_.require(workers == threads, s,
                      hidet::format("the mapping is not of {} threads", threads));
  }

  void for_task(Stmt s, const ForTask& n) {
    of_mapped_level(s);
    const bool cpu_scope = n.scope == WorkerScope::core || n.scope == WorkerScope::lane;
    problems_.require(cpu_scope != is_gpu(program_), s,
                      hidet::format("{} has no {}", program_.target, name_of(n.scope)));
    const auto rank = static_cast<size_t>(n.mapping.rank());
    problems_.require(n.vars.size() == rank, s, "a variable for each axis of the mapping");
    problems_.require(n.covers.empty() || n.covers.size() == rank, s,
                      "an extent for each axis of the mapping");
    if (n.scope == WorkerScope::thread) threads_of(s, n.mapping);
    const bool outer = single_;
    if (n.scope != WorkerScope::block && n.scope != WorkerScope::core) single_ = true;
    nested(n.body, n.vars, s);
    single_ = outer;
  }

  void roles(Stmt s, const Roles& n) {
    problems_.require(is_gpu(program_) && !role_threads_ && !single_, s,
                      "roles are of a GPU's block, and not nested");
    int last = 0;
    for (const Role& role : n.roles) {
      problems_.require(
          role.first >= last && role.first < role.last && role.last * 32 <= program_.threads, s,
          hidet::format("role {} has no warps of its own", role.name));
      last = role.last;
      role_threads_ = (role.last - role.first) * 32;
      body(role.body);
    }
    role_threads_ = 0;
  }

  void tile_statement(Stmt s) {
    if (s.as<Fill>() || s.as<Copy>() || s.as<Reduce>() || s.as<Mma>()) of_mapped_level(s);
    problems_.require(!single_, s, "all workers take part, inside of a loop over workers");
    const auto barrier = [&](Buffer buffer, Expr index) {
      available(s, buffer);
      problems_.require(buffer->scope == Scope::barrier && buffer->shape.size() <= 1, s,
                        hidet::format("{} is no barrier", buffer->name));
      problems_.require(is_index(index), s, "the index of a barrier is an integer");
    };
    const auto tile = [&](const Tile& t) {
      problems_.require(bool(t.buffer) == t.site.empty(), s, "a tile is of a buffer or of a site");
      if (t.buffer) available(s, t.buffer);
    };
    if (const auto* n = s.as<Fill>()) tile(n->tile);
    if (const auto* n = s.as<Copy>()) {
      tile(n->target);
      tile(n->source);
      if (n->signal) barrier(n->signal, n->signal_index);
    }
    if (const auto* n = s.as<Reduce>()) {
      tile(n->target);
      tile(n->source);
    }
    if (const auto* n = s.as<Mma>()) {
      tile(n->accumulator);
      tile(n->a);
      tile(n->b);
    }
    if (const auto* n = s.as<Arrive>()) barrier(n->barrier, n->index);
    if (const auto* n = s.as<Expect>()) {
      barrier(n->barrier, n->index);
      problems_.require(is_index(n->bytes), s, "a number of bytes is an integer");
    }
    if (const auto* n = s.as<WaitBarrier>()) {
      barrier(n->barrier, n->index);
      problems_.require(is_index(n->parity), s, "a parity is an integer");
    }
    if (!s.as<Fill>() && !s.as<Copy>() && !s.as<Reduce>() && !s.as<Mma>())
      problems_.require(is_gpu(program_), s,
                        hidet::format("{} waits for nothing", program_.target));
  }

  const Program& program_;
  Problems& problems_;
  const bool mapped_;
  std::set<Var> vars_;
  std::set<Buffer> buffers_;
  std::vector<Var> var_log_;
  std::vector<Buffer> buffer_log_;
  int role_threads_ = 0;  // of the role that we are in
  bool single_ = false;   // inside of a loop over workers
};

}  // namespace

void verify_names(const Program& program, Problems& problems) {
  NameChecker(program, problems).run();
}

}  // namespace hidet
