#include "interp/interpret.h"

#include "interp/interpreter.h"
#include "ir/print.h"

namespace hidet {

HostArray HostArray::of(DType dtype, const std::vector<double>& values) {
  HostArray array{dtype, {}, std::vector<bool>(values.size(), true)};
  for (double value : values) array.values.push_back(scalar_of(dtype, value));
  return array;
}

HostArray HostArray::unwritten(DType dtype, int64_t elements) {
  const auto count = static_cast<size_t>(elements);
  return {dtype, std::vector<Scalar>(count), std::vector<bool>(count, false)};
}

double HostArray::at(int64_t element) const {
  const auto place = static_cast<size_t>(element);
  if (!written.at(place)) throw InterpretError(hidet::format("nothing wrote element {}", element));
  return to_double(dtype, values[place]);
}

Interpreter::Interpreter(Machine& machine) : machine_(machine) {
  bind_arguments();
}

void Interpreter::bind_arguments() {
  const Program& program = machine_.program;
  const Bindings& bindings = machine_.bindings;
  for (size_t i = 0; i < program.sizes.size(); ++i) {
    const SizeParam& size = program.sizes[i];
    int64_t value = 0;
    if (!bindings.size_list.empty()) {
      value = bindings.size_list.at(i);
    } else {
      const auto it = bindings.sizes.find(size.var->name);
      if (it == bindings.sizes.end())
        throw InterpretError(hidet::format("size {} is not given", size.var->name));
      value = it->second;
    }
    const SizeFacts& facts = size.facts;
    if (value < facts.lower || value > facts.upper || value % facts.divisor != 0)
      throw InterpretError(hidet::format("size {} cannot be {}", size.var->name, value));
    set(size.var, Scalar::of(value));
  }
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    Buffer buffer = program.buffers[i];
    const auto it = bindings.buffers.find(buffer->name);
    const HostArray* array = !bindings.buffer_list.empty()  ? bindings.buffer_list.at(i)
                             : it != bindings.buffers.end() ? it->second
                                                            : nullptr;
    if (!array) throw InterpretError(hidet::format("buffer {} is not given", buffer->name));
    Memory memory = make_memory(buffer);
    if (static_cast<int64_t>(array->values.size()) < memory.size * memory.type.lanes ||
        array->dtype != memory.type.dtype)
      throw InterpretError(hidet::format("buffer {} has {} elements of {}, not {} of {}",
                                         buffer->name, array->values.size(), name_of(array->dtype),
                                         memory.size, name_of(memory.type.dtype)));
    for (size_t place = 0; place < memory.written.size(); ++place)
      memory.written[place] = array->written[place * memory.type.lanes];
    std::copy_n(array->values.begin(), memory.values.size(), memory.values.begin());
    memories_[buffer->id] = std::make_shared<Memory>(std::move(memory));
  }
  for (const Site& site : program.sites) {
    if (!bindings.sites.count(site.name))
      throw InterpretError(hidet::format("site {} is not given", site.name));
    site_shapes_[site.name] = integers(site.shape);
  }
}

void Interpreter::run(Stmt s) {
  execute(s);
  const Program& program = machine_.program;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    Buffer buffer = program.buffers[i];
    HostArray* array = machine_.bindings.buffer_list.empty()
                           ? machine_.bindings.buffers.at(buffer->name)
                           : machine_.bindings.buffer_list[i];
    const Memory& memory = *memories_.at(buffer->id);
    std::copy(memory.values.begin(), memory.values.end(), array->values.begin());
    for (size_t at = 0; at < memory.values.size(); ++at)
      array->written[at] = memory.written[at / memory.type.lanes];
  }
}

void Interpreter::set(Var var, Scalar value, int lane) {
  if (var->id >= vars_.size()) vars_.resize(var->id + 1);
  std::vector<Scalar>& lanes = vars_[var->id];
  if (lanes.empty()) lanes.resize(static_cast<size_t>(var->type.lanes));
  lanes[static_cast<size_t>(lane)] = value;
}

Scalar Interpreter::variable(Var var, int lane) {
  if (var->id >= vars_.size() || vars_[var->id].empty())
    throw InterpretError(hidet::format("variable {} has no value", var->name));
  return vars_[var->id][static_cast<size_t>(lane)];
}

std::shared_ptr<Memory> Interpreter::find_memory(Buffer buffer) {
  const auto it = memories_.find(buffer->id);
  if (it == memories_.end())
    throw InterpretError(hidet::format("buffer {} is not allocated", buffer->name));
  return it->second;
}
Memory& Interpreter::memory(Buffer buffer) {
  return *find_memory(buffer);
}

Scalar Interpreter::element(Buffer buffer, const std::vector<int64_t>& index, int lane) {
  const Memory& from = memory(buffer);
  return from.read(from.place(index), buffer->type.is_vector() ? lane : 0);
}

namespace {
bool is_inside(const std::vector<Scalar>& index, const std::vector<int64_t>& shape) {
  for (size_t axis = 0; axis < std::min(index.size(), shape.size()); ++axis)
    if (index[axis].as_int() < 0 || index[axis].as_int() >= shape[axis]) return false;
  return true;
}
}  // namespace

Scalar Interpreter::site(const SiteRead& node, const std::vector<Scalar>& index, Scalar value) {
  const auto it = site_shapes_.find(node.site);
  if (it == site_shapes_.end())
    throw InterpretError(hidet::format("there is no site {}", node.site));
  const HostSite& site = machine_.bindings.sites.at(node.site);
  if (!site.read) throw InterpretError(hidet::format("site {} is no source of values", node.site));
  return is_inside(index, it->second) ? site.read(index, value) : Scalar();
}

Memory Interpreter::make_memory(Buffer buffer) {
  Memory result;
  result.name = buffer->name;
  result.type = buffer->type;
  result.shape = integers(buffer->shape);
  result.size = 1;
  for (int64_t extent : result.shape) {
    if (extent < 0) throw InterpretError(hidet::format("{} has a negative extent", buffer->name));
    result.size *= extent;
  }
  if (buffer->layout) {
    std::vector<std::vector<Mode<int64_t>>> modes;
    for (int axis = 0; axis < buffer->layout->rank(); ++axis) {
      modes.emplace_back();
      for (const Mode<Expr>& mode : buffer->layout->modes(axis))
        modes.back().push_back({integer(mode.extent), integer(mode.stride)});
    }
    const bool scalar = modes.empty();
    const int64_t base = scalar || as_int(buffer->layout->base_offset()) != 0
                             ? integer(buffer->layout->base_offset())
                             : 0;
    result.layout =
        Layout<int64_t>(integers(buffer->layout->shape()), modes, base, buffer->layout->swizzle());
    result.size = scalar ? base + 1 : result.layout->size();
  }
  result.values.resize(static_cast<size_t>(result.size * result.type.lanes));
  result.written.resize(static_cast<size_t>(result.size));
  result.in_flight.resize(static_cast<size_t>(result.size));
  return result;
}

void Interpreter::allocate(Buffer buffer) {
  if (buffer->scope == Scope::barrier) {
    const std::vector<int64_t> shape = integers(buffer->shape);
    BarrierCell fresh;
    fresh.missing = buffer->arrivals;
    barriers_[buffer->id] = std::make_shared<std::vector<BarrierCell>>(
        static_cast<size_t>(shape.empty() ? 1 : shape[0]), fresh);
    return;
  }
  Memory fresh = make_memory(buffer);
  if (buffer->mapping && machine_.program.threads) {
    const TaskMapping<int64_t> mapping = numbers(*buffer->mapping);
    fresh.owners.resize(fresh.written.size());
    for (int64_t worker = 0; worker < mapping.workers(); ++worker)
      for (const std::vector<int64_t>& task : mapping.tasks(worker))
        fresh.owners[static_cast<size_t>(fresh.place(task))].push_back(worker);
  }
  memories_[buffer->id] = std::make_shared<Memory>(std::move(fresh));
}

// A thread has no access to the registers of another one.
void Interpreter::check_owner(const Memory& memory, const std::vector<int64_t>& index) const {
  if (thread_ < 0 || memory.owners.empty()) return;
  const auto& owners = memory.owners[static_cast<size_t>(memory.place(index))];
  if (std::find(owners.begin(), owners.end(), thread_) == owners.end())
    throw InterpretError(hidet::format("thread {} uses {}, which thread {} holds", thread_,
                                       memory.element_name(index), owners.at(0)));
}

void Interpreter::load(const Load& node) {
  Memory& from = memory(node.buffer);
  const DType dtype = node.buffer->type.dtype;
  std::vector<Scalar> lanes;
  for (int lane = 0; lane < node.var->type.lanes; ++lane) {
    if (node.mask && !integer(node.mask, lane)) {
      if (!node.otherwise) throw InterpretError("a masked read has no other value");
      lanes.push_back(convert(node.otherwise.type().dtype, dtype, value(node.otherwise, lane)));
      continue;
    }
    const std::vector<int64_t> index = integers(node.index, lane);
    check_owner(from, index);
    lanes.push_back(from.read(from.place(index), from.type.is_vector() ? lane : 0));
  }
  for (size_t lane = 0; lane < lanes.size(); ++lane)
    set(node.var, lanes[lane], static_cast<int>(lane));
}

void Interpreter::store(const Store& node) {
  Memory& to = memory(node.buffer);
  int lanes = std::max(node.value.type().lanes, node.buffer->type.lanes);
  for (Expr e : node.index) lanes = std::max(lanes, e.type().lanes);
  for (int lane = 0; lane < lanes; ++lane) {
    if (node.mask && !integer(node.mask, lane)) continue;
    const std::vector<int64_t> index = integers(node.index, lane);
    check_owner(to, index);
    to.write(to.place(index), value(node.value, lane), to.type.is_vector() ? lane : 0);
  }
}

void Interpreter::store_site(const SiteStore& node) {
  const HostSite& site = machine_.bindings.sites.at(node.site);
  if (!site.store) throw InterpretError(hidet::format("site {} takes no values", node.site));
  std::vector<Scalar> index;
  for (Expr e : node.index) index.push_back(value(e));
  const Scalar stored = value(node.value);
  if (is_inside(index, site_shapes_.at(node.site))) site.store(index, stored);
}

void Interpreter::loop(const For& node) {
  if (node.loop == ForKind::threads) return launch_threads(node);
  const int64_t extent = integer(node.extent);
  const bool backward = machine_.bindings.last_worker_first &&
                        (node.loop == ForKind::parallel || node.loop == ForKind::vector ||
                         node.loop == ForKind::blocks);
  for (int64_t i = 0; i < extent; ++i) {
    set(node.var, Scalar::of(backward ? extent - 1 - i : i));
    execute(node.body);
  }
}

void Interpreter::execute(Stmt s) {
  if (!s) return;
  if (const auto* n = s.as<Block>()) {
    for (Stmt item : n->body) execute(item);
    return;
  }
  if (const auto* n = s.as<For>()) return loop(*n);
  if (const auto* n = s.as<ForTask>()) return loop_over_tasks(*n);
  if (const auto* n = s.as<Outline>()) return execute(n->body);
  if (const auto* n = s.as<Roles>()) return run_roles(*n);
  try {
    if (const auto* n = s.as<If>()) {
      s = integer(n->condition) ? n->then : n->otherwise;
    } else {
      if (const auto* n = s.as<Let>()) {
        std::vector<Scalar> lanes;
        for (int lane = 0; lane < n->var->type.lanes; ++lane)
          lanes.push_back(value(n->value, lane));
        for (size_t lane = 0; lane < lanes.size(); ++lane)
          set(n->var, lanes[lane], static_cast<int>(lane));
      }
      if (const auto* n = s.as<Load>()) load(*n);
      if (const auto* n = s.as<Store>()) store(*n);
      if (const auto* n = s.as<SiteStore>()) store_site(*n);
      if (const auto* n = s.as<Allocate>()) allocate(n->buffer);
      if (const auto* n = s.as<Report>())
        if (integer(n->condition)) machine_.status = n->code;
      if (const auto* n = s.as<Instruction>())
        throw InterpretError(hidet::format("{} is an instruction of a GPU", n->name));
      if (const auto* n = s.as<Fill>()) fill(*n);
      if (const auto* n = s.as<Copy>()) copy(*n);
      if (const auto* n = s.as<Reduce>()) reduce(*n);
      if (const auto* n = s.as<Mma>()) mma(*n);
      if (const auto* n = s.as<Commit>()) commit(n->group);
      if (const auto* n = s.as<Wait>()) wait(n->group, n->leaving);
      if (const auto* n = s.as<Arrive>()) arrive(cell(n->barrier, n->index), "arrival");
      if (const auto* n = s.as<Expect>()) {
        BarrierCell& at = cell(n->barrier, n->index);
        at.expected += integer(n->bytes);
        arrive(at, "expected copy");
      }
      if (const auto* n = s.as<WaitBarrier>()) wait_barrier(*n);
      return;
    }
  } catch (const InterpretError& error) {
    if (std::string_view(error.what()).find(" in: ") != std::string_view::npos) throw;
    throw InterpretError(hidet::format("{} in: {}", error.what(), print_head(s)));
  }
  execute(s);  // the branch taken
}

Outcome interpret(const Program& program, const Bindings& bindings) {
  Machine machine{program, bindings, {}, 0, {}};
  Interpreter interpreter(machine);
  interpreter.run(program.body);
  return {machine.status};
}

}  // namespace hidet
