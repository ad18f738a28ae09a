#include "ir/print.h"

#include <functional>

#include "ir/printer.h"
#include "ir/visit.h"
#include "ir/words.h"

namespace hidet {

namespace {

constexpr uint64_t kLongestTree = 200;  // nodes of an expression that is written out

// Nodes of the expression written out as a tree.
uint64_t tree_size(Expr e, std::unordered_map<const ExprNode*, uint64_t>& known) {
  if (auto it = known.find(e.get()); it != known.end()) return it->second;
  uint64_t size = 1;
  for_each_child(e, [&](Expr child) {
    size = std::min<uint64_t>(size + tree_size(child, known), UINT32_MAX);
  });
  known.emplace(e.get(), size);
  return size;
}

}  // namespace

void Printer::line(const std::string& text) {
  text_.append(static_cast<size_t>(2 * depth_), ' ');
  text_ += text;
  text_ += '\n';
}

void Printer::body(Stmt s) {
  ++depth_;
  if (s) statement(s);
  --depth_;
}

void Printer::define_shared(Stmt s) {
  std::unordered_map<const ExprNode*, uint64_t> sizes;
  std::vector<Expr> roots;
  bool large = false;
  for_each_child(
      s,
      [&](Expr root) {
        roots.push_back(root);
        large = large || tree_size(root, sizes) > kLongestTree;
      },
      [](Stmt) {});
  if (!large) return;
  std::unordered_map<const ExprNode*, int> uses;
  std::vector<Expr> order;  // children first
  const std::function<void(Expr)> visit = [&](Expr e) {
    if (uses[e.get()]++) return;
    for_each_child(e, visit);
    order.push_back(e);
  };
  for (Expr root : roots) visit(root);
  for (Expr e : order) {
    if (uses[e.get()] < 2 || sizes[e.get()] < 3) continue;
    const std::string text = expr(e);
    const std::string name = unique("e", "e");
    line(hidet::format("define {} = {}", name, text));
    defined_[e.get()] = name;
  }
}

std::string Printer::declaration(Buffer buffer) {
  const bool plain_barrier = buffer->scope == Scope::barrier && buffer->type == Type{DType::i64};
  std::string type = plain_barrier ? "" : hidet::format(": {}", name_of(buffer->type.dtype));
  if (buffer->type.is_vector()) type += hidet::format("x{}", buffer->type.lanes);
  std::string text =
      hidet::format("{} {}{}[{}]", name_of(buffer->scope), name(buffer), type, list(buffer->shape));
  if (buffer->mapping) text += " by " + mapping(*buffer->mapping);
  if (buffer->layout) text += " " + layout(*buffer->layout);
  if (buffer->arrivals) text += hidet::format(" arrivals {}", buffer->arrivals);
  if (buffer->alignment) text += hidet::format(" align {}", buffer->alignment);
  return text;
}

std::string Printer::copy(const Copy& n) {
  std::string text = hidet::format("copy {} <- {}", tile(n.target), tile(n.source));
  if (n.mapping) text += " by " + mapping(*n.mapping);
  if (n.transport != Transport::direct) text += hidet::format(" through {}", name_of(n.transport));
  if (n.signal)
    text += " signal " +
            access(n.signal, n.signal_index ? std::vector{n.signal_index} : std::vector<Expr>{});
  return text;
}

std::string Printer::head(Stmt s) {
  const auto at = [this](Buffer buffer, Expr index) {
    return access(buffer, index ? std::vector{index} : std::vector<Expr>{});
  };
  if (const auto* n = s.as<Block>()) return n->body.empty() ? "{" : head(n->body[0]);
  if (const auto* n = s.as<Let>()) {
    const std::string value = expr(n->value);
    return hidet::format("let {} = {}", name(n->var), value);
  }
  if (const auto* n = s.as<Load>()) {
    const bool element = n->buffer->scope == Scope::constant;
    std::string text = access(n->buffer, n->index);
    if (n->mask) text += hidet::format(" masked {}", expr(n->mask));
    if (n->otherwise) text += hidet::format(" else {}", expr(n->otherwise, n->buffer->type.dtype));
    return hidet::format("let {} = {}{}", name(n->var), element ? "load " : "", text);
  }
  if (const auto* n = s.as<Store>()) {
    std::string rest = n->mask ? " masked " + expr(n->mask) : "";
    if (n->transport != Transport::direct)
      rest += hidet::format(" through {}", name_of(n->transport));
    return hidet::format("{} = {}{}", access(n->buffer, n->index),
                         expr(n->value, n->buffer->type.dtype), rest);
  }
  if (const auto* n = s.as<Prefetch>())
    return "prefetch " + (n->buffer ? access(n->buffer, n->index)
                                    : hidet::format("{}({})", n->site, list(n->index)));
  if (const auto* n = s.as<SiteStore>())
    return hidet::format("{}({}) = {}", n->site, list(n->index), expr(n->value));
  if (const auto* n = s.as<For>()) {
    const std::string kind =
        n->loop == ForKind::serial ? "" : hidet::format("{} ", name_of(n->loop));
    const std::string extent = expr(n->extent);
    return hidet::format("for {}{} in range({}) {{", kind, name(n->var), extent);
  }
  if (const auto* n = s.as<ForTask>()) {
    std::string vars;
    for (Var var : n->vars) vars += (vars.empty() ? "" : ", ") + name(var);
    const std::string covers =
        n->covers.empty() ? "" : hidet::format(" covers ({})", list(n->covers));
    return hidet::format("for {} ({}) in {}{} {{", name_of(n->scope), vars, mapping(n->mapping),
                         covers);
  }
  if (const auto* n = s.as<If>()) return hidet::format("if {} {{", expr(n->condition));
  if (const auto* n = s.as<Allocate>()) return "allocate " + declaration(n->buffer);
  if (const auto* n = s.as<Outline>()) return hidet::format("outline {} {{", n->name);
  if (const auto* n = s.as<Report>())
    return hidet::format("report {} code {}", expr(n->condition), n->code);
  if (const auto* n = s.as<Exchange>()) {
    const std::string value = expr(n->value);
    return hidet::format("exchange {} = {} lanes {}", name(n->var), value, n->lane_bits);
  }
  if (const auto* n = s.as<Instruction>()) {
    std::string addresses;
    for (const Address& place : n->addresses)
      addresses += (addresses.empty() ? " " : ", ") + access(place.buffer, place.index);
    return hidet::format("instruction {}{}{}", n->name, addresses,
                         n->values.empty() ? "" : hidet::format(" with ({})", list(n->values)));
  }
  if (const auto* n = s.as<Fill>()) {
    const std::optional<DType> slot =
        n->tile.buffer ? std::optional(n->tile.buffer->type.dtype) : std::nullopt;
    return hidet::format("fill {} = {}", tile(n->tile), expr(n->value, slot));
  }
  if (const auto* n = s.as<Copy>()) return copy(*n);
  if (const auto* n = s.as<Reduce>())
    return hidet::format("reduce {} {} <- {} axis {}", name_of(n->reduce), tile(n->target),
                         tile(n->source), n->axis);
  if (const auto* n = s.as<Mma>())
    return hidet::format("{}mma {} += {} * {}{}{}", n->asynchronous ? "async " : "",
                         tile(n->accumulator), tile(n->a), tile(n->b),
                         n->atom.empty() ? "" : " with ", n->atom);
  if (const auto* n = s.as<Commit>()) return hidet::format("commit {}", name_of(n->group));
  if (const auto* n = s.as<Wait>())
    return hidet::format("wait {} leaving {}", name_of(n->group), n->leaving);
  if (s.as<Barrier>()) return "barrier";
  if (const auto* n = s.as<Arrive>()) return "arrive " + at(n->barrier, n->index);
  if (const auto* n = s.as<Expect>())
    return hidet::format("expect {} bytes {}", at(n->barrier, n->index), expr(n->bytes));
  if (const auto* n = s.as<WaitBarrier>())
    return hidet::format("wait {} parity {}", at(n->barrier, n->index), expr(n->parity));
  if (s.as<Roles>()) return "roles {";
  HIDET_UNREACHABLE("statement kind {}", static_cast<int>(s.kind()));
}

void Printer::statement(Stmt s) {
  if (const auto* n = s.as<Block>()) {
    for (Stmt item : n->body)
      if (item) statement(item);
    return;
  }
  define_shared(s);
  line(head(s));
  defined_.clear();
  if (const auto* n = s.as<If>()) {
    body(n->then);
    if (n->otherwise) {
      line("} else {");
      body(n->otherwise);
    }
    return line("}");
  }
  if (const auto* n = s.as<Roles>()) {
    ++depth_;
    for (const Role& role : n->roles) {
      const std::string registers =
          role.registers ? hidet::format(" registers {}", role.registers) : "";
      line(hidet::format("{} warps {} .. {}{} {{", role.name, role.first, role.last, registers));
      body(role.body);
      line("}");
    }
    --depth_;
    return line("}");
  }
  Stmt inner;
  if (const auto* n = s.as<For>()) inner = n->body;
  if (const auto* n = s.as<ForTask>()) inner = n->body;
  if (const auto* n = s.as<Outline>()) inner = n->body;
  if (text_.size() >= 2 && text_[text_.size() - 2] == '{') {
    body(inner);
    line("}");
  }
}

std::string Printer::size(const SizeParam& size) {
  const SizeFacts none;
  std::string text = "size " + name(size.var);
  if (size.facts.lower != none.lower) text += hidet::format(" lower {}", size.facts.lower);
  if (size.facts.upper != none.upper) text += hidet::format(" upper {}", size.facts.upper);
  if (size.facts.divisor != none.divisor) text += hidet::format(" divisor {}", size.facts.divisor);
  return text;
}

void Printer::program(const Program& program) {
  for (const Site& site : program.sites) sites_.insert(site.name);
  std::string title = hidet::format("program {} target {}", program.name, program.target);
  if (program.level != Level::mapped) title += hidet::format(" level {}", name_of(program.level));
  if (program.threads) title += hidet::format(" threads {}", program.threads);
  line(title);
  for (const SizeParam& param : program.sizes) line(size(param));
  for (Buffer buffer : program.buffers) line(declaration(buffer));
  for (const Site& site : program.sites) {
    std::string lanes = site.type.is_vector() ? hidet::format("x{}", site.type.lanes) : "";
    line(hidet::format("{} {}: {}{}[{}]", name_of(site.kind), site.name, name_of(site.type.dtype),
                       lanes, list(site.shape)));
  }
  if (!program.grid.empty()) line(hidet::format("grid [{}]", list(program.grid)));
  line("{");
  body(program.body);
  line("}");
}

std::string print(const Program& program) {
  Printer printer;
  printer.program(program);
  return printer.take();
}
std::string print(Expr e) {
  return Printer().expr(e);
}
std::string print(Stmt s) {
  Printer printer;
  if (s) printer.statement(s);
  return printer.take();
}
std::string print(const Tile& tile) {
  return Printer().tile(tile);
}
std::string print(const Mapping& mapping) {
  return Printer().mapping(mapping);
}
std::string print_head(Stmt s) {
  return Printer().head(s);
}

}  // namespace hidet
