#include "ir/builder.h"

namespace hidet {

Builder::Builder(Context& context, std::string name, std::string target) : context_(context) {
  program_.context = &context;
  program_.name = std::move(name);
  program_.target = std::move(target);
  blocks_.emplace_back();
}

Expr Builder::size(std::string name, SizeFacts facts) {
  Var var = context_.make_var(Type{DType::i64}, std::move(name));
  program_.sizes.push_back({var, facts});
  return context_.variable(var);
}

Buffer Builder::argument(std::string name, Scope scope, DType dtype, std::vector<Expr> shape,
                         std::optional<Layout<Expr>> layout) {
  BufferInfo info;
  info.scope = scope;
  info.type = Type{dtype};
  info.shape = std::move(shape);
  info.name = std::move(name);
  info.layout = std::move(layout);
  Buffer buffer = context_.make_buffer(std::move(info));
  program_.buffers.push_back(buffer);
  return buffer;
}

void Builder::site(SiteKind kind, std::string name, DType dtype, std::vector<Expr> shape) {
  program_.sites.push_back({kind, std::move(name), Type{dtype}, std::move(shape)});
}

Buffer Builder::registers(std::string name, DType dtype, const Mapping& mapping) {
  BufferInfo info;
  info.scope = Scope::registers;
  info.type = Type{dtype};
  info.shape = mapping.task_shape();
  info.name = std::move(name);
  info.mapping = mapping;
  Buffer buffer = context_.make_buffer(std::move(info));
  append(context_.make(Allocate{.buffer = buffer}));
  return buffer;
}

Buffer Builder::local(std::string name, DType dtype, std::vector<Expr> shape,
                      std::optional<Layout<Expr>> layout) {
  return allocate(Scope::local, std::move(name), dtype, std::move(shape), std::move(layout));
}

Buffer Builder::shared(std::string name, DType dtype, std::vector<Expr> shape,
                       std::optional<Layout<Expr>> layout) {
  return allocate(Scope::shared, std::move(name), dtype, std::move(shape), std::move(layout));
}

Buffer Builder::allocate(Scope scope, std::string name, DType dtype, std::vector<Expr> shape,
                         std::optional<Layout<Expr>> layout) {
  BufferInfo info;
  info.scope = scope;
  info.type = Type{dtype};
  info.shape = std::move(shape);
  info.name = std::move(name);
  info.layout = std::move(layout);
  Buffer buffer = context_.make_buffer(std::move(info));
  append(context_.make(Allocate{.buffer = buffer}));
  return buffer;
}

Buffer Builder::scalars(std::string name, DType dtype, std::vector<Expr> shape) {
  BufferInfo info;
  info.scope = Scope::registers;
  info.type = Type{dtype};
  info.shape = std::move(shape);
  info.name = std::move(name);
  Buffer buffer = context_.make_buffer(std::move(info));
  append(context_.make(Allocate{.buffer = buffer}));
  return buffer;
}

Expr Builder::let(std::string name, Expr value) {
  Var var = context_.make_var(value.type(), std::move(name));
  append(context_.make(Let{.var = var, .value = value}));
  return context_.variable(var);
}

Expr Builder::load(Buffer buffer, std::vector<Expr> index, const std::string& name) {
  int lanes = buffer->type.lanes;
  for (Expr e : index) lanes = std::max(lanes, e.type().lanes);
  Var var = context_.make_var(buffer->type.with_lanes(lanes), name.empty() ? buffer->name : name);
  append(context_.make(Load{.var = var, .buffer = buffer, .index = std::move(index)}));
  return context_.variable(var);
}

const Site& Builder::find_site(const std::string& name) const {
  for (const Site& site : program_.sites)
    if (site.name == name) return site;
  HIDET_UNREACHABLE("program {} has no site '{}'", program_.name, name);
}

Expr Builder::read(const std::string& site, std::vector<Expr> index) {
  return context_.site_read(site, find_site(site).type, std::move(index));
}

Expr Builder::map(const std::string& site, std::vector<Expr> index, Expr value) {
  return context_.site_read(site, find_site(site).type, std::move(index), value);
}

void Builder::store(Buffer buffer, std::vector<Expr> index, Expr value) {
  append(context_.make(Store{.buffer = buffer, .index = std::move(index), .value = value}));
}

void Builder::prefetch(const std::string& site, std::vector<Expr> index) {
  find_site(site);
  append(context_.make(Prefetch{.site = site, .index = std::move(index)}));
}

void Builder::prefetch(Buffer buffer, std::vector<Expr> index) {
  append(context_.make(Prefetch{.buffer = buffer, .index = std::move(index)}));
}

void Builder::store_site(const std::string& site, std::vector<Expr> index, Expr value) {
  find_site(site);
  append(context_.make(SiteStore{.site = site, .index = std::move(index), .value = value}));
}

void Builder::report(Expr condition, int code) {
  append(context_.make(Report{.condition = condition, .code = code}));
}

void Builder::append(Stmt stmt) {
  if (stmt) blocks_.back().push_back(stmt);
}

Stmt Builder::capture(const Body& body) {
  blocks_.emplace_back();
  body();
  std::vector<Stmt> list = std::move(blocks_.back());
  blocks_.pop_back();
  return context_.block(std::move(list));
}

void Builder::loop(std::string name, Expr extent, const IndexBody& body, ForKind kind) {
  Var var = context_.make_var(Type{DType::i64}, std::move(name));
  Stmt inner = capture([&] { body(context_.variable(var)); });
  append(context_.make(For{.var = var, .extent = extent, .loop = kind, .body = inner}));
}

void Builder::unrolled(std::string name, int64_t extent, const IndexBody& body) {
  loop(std::move(name), index(extent), body, ForKind::unrolled);
}

void Builder::tasks(std::vector<std::string> names, WorkerScope scope, const Mapping& mapping,
                    const TaskBody& body, std::vector<Expr> covers) {
  std::vector<Var> vars;
  std::vector<Expr> task;
  for (std::string& name : names) {
    vars.push_back(context_.make_var(Type{DType::i64}, std::move(name)));
    task.push_back(context_.variable(vars.back()));
  }
  HIDET_ASSERT(vars.size() == mapping.task_shape().size(), "{} names for a mapping of rank {}",
               vars.size(), mapping.task_shape().size());
  Stmt inner = capture([&] { body(task); });
  ForTask node{.vars = std::move(vars), .scope = scope, .mapping = mapping};
  node.covers = std::move(covers);
  node.body = inner;
  append(context_.make(std::move(node)));
}

void Builder::when(Expr condition, const Body& then, const Body& otherwise) {
  Stmt yes = capture(then);
  Stmt no = otherwise ? capture(otherwise) : Stmt();
  append(context_.make(If{.condition = condition, .then = yes, .otherwise = no}));
}

void Builder::outline(std::string name, const Body& body) {
  append(context_.make(Outline{.name = std::move(name), .body = capture(body)}));
}

Tile Builder::whole(Buffer buffer) const {
  Tile tile{.buffer = buffer};
  for (Expr extent : buffer->shape) tile.slices.push_back({index(0), extent});
  return tile;
}

void Builder::fill(Buffer tile, Expr value) {
  fill(whole(tile), value);
}
void Builder::fill(const Tile& tile, Expr value) {
  append(context_.make(Fill{.tile = tile, .value = value}));
}

void Builder::copy(const Tile& target, const Tile& source, std::optional<Mapping> mapping) {
  append(context_.make(Copy{.target = target, .source = source, .mapping = std::move(mapping)}));
}

void Builder::reduce(const Tile& target, const Tile& source, ReduceKind kind, int axis) {
  append(context_.make(Reduce{.target = target, .source = source, .reduce = kind, .axis = axis}));
}

void Builder::mma(const Tile& accumulator, const Tile& a, const Tile& b, std::string atom) {
  append(context_.make(Mma{.accumulator = accumulator, .a = a, .b = b, .atom = std::move(atom)}));
}

void Builder::barrier() {
  append(context_.make(Barrier{}));
}

void Builder::copy_async(const Tile& target, const Tile& source) {
  append(context_.make(Copy{.target = target, .source = source, .transport = Transport::cp_async}));
}
void Builder::commit(AsyncKind group) {
  append(context_.make(Commit{.group = group}));
}
void Builder::wait(int leaving, AsyncKind group) {
  append(context_.make(Wait{.group = group, .leaving = leaving}));
}

void Builder::pipeline(int stages, Expr steps, const StepBody& produce, const StepBody& consume) {
  HIDET_ASSERT(stages >= 2, "a pipeline of {} stages", stages);
  const int ahead = stages - 1;
  const auto issue = [&](Expr step, Expr stage) {
    when(step < steps, [&] { produce(step, stage); });
    commit();
  };
  for (int step = 0; step < ahead; ++step) issue(index(step), index(step));
  loop("t", steps, [&](Expr t) {
    wait(ahead - 1);
    barrier();  // the part that is filled next has been used by all
    issue(t + ahead, (t + ahead) % stages);
    consume(t, t % stages);
  });
}

void Builder::pipeline(Expr steps, const RegisterProducer& produce, const StepBody& consume) {
  produce.fill(index(0), index(0));
  barrier();
  loop("t", steps, [&](Expr t) {
    produce.fetch(t + 1);
    consume(t, t % 2);
    produce.put((t + 1) % 2);
    barrier();
  });
}

std::vector<Expr> Builder::constants(const std::vector<int64_t>& values) const {
  std::vector<Expr> result;
  for (int64_t value : values) result.push_back(index(value));
  return result;
}

Mapping Builder::spatial(const std::vector<int64_t>& shape) const {
  return hidet::spatial<Expr>(constants(shape));
}
Mapping Builder::repeat(const std::vector<int64_t>& shape) const {
  return hidet::repeat<Expr>(constants(shape));
}

Mapping Builder::replicate(int64_t workers) const {
  return hidet::replicate<Expr>(index(workers));
}

Program Builder::finish() {
  HIDET_ASSERT(blocks_.size() == 1, "finish() inside a nested body");
  program_.body = context_.block(std::move(blocks_.back()));
  return program_;
}

}  // namespace hidet
