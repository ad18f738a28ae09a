#include "ir/parser.h"
#include "ir/words.h"

namespace hidet {

Stmt Parser::body() {
  tokens_.expect("{");
  scopes_.emplace_back();
  blocks_.emplace_back();
  while (!tokens_.take("}")) {
    statement();
    while (tokens_.take(";")) {
    }
  }
  std::vector<Stmt> list = std::move(blocks_.back());
  blocks_.pop_back();
  scopes_.pop_back();
  return context_.block(std::move(list));
}

void Parser::let() {
  const std::string name = tokens_.word();
  tokens_.expect("=");
  if (at_mapping()) return bind(name, mapping());
  const Expr value = expr();
  // A read of its own: the variable is the load's.
  const auto* variable = value.as<Variable>();
  const bool own = variable && variable->var == last_load_;
  const bool masked = tokens_.peek().is("masked") || tokens_.peek().is("else");
  if (!own && masked) fail("only a read has a mask");
  if (!own) {
    Var var = make_var(name, value.type());
    return append(context_.make(Let{.var = var, .value = value}));
  }
  Load load = *blocks_.back().back().as<Load>();
  blocks_.back().pop_back();
  if (tokens_.take("masked")) load.mask = expr();
  if (tokens_.take("else")) load.otherwise = expr(load.buffer->type.dtype);
  load.var = make_var(name, load.var->type);
  append(context_.make(std::move(load)));
}

void Parser::for_tasks(WorkerScope scope) {
  tokens_.expect("(");
  std::vector<std::string> names;
  while (!tokens_.take(")")) {
    if (!names.empty()) tokens_.expect(",");
    names.push_back(tokens_.word());
  }
  tokens_.expect("in");
  ForTask loop;
  loop.scope = scope;
  loop.mapping = mapping();
  if (tokens_.take("covers")) loop.covers = indices("(", ")");
  scopes_.emplace_back();
  for (const std::string& name : names) loop.vars.push_back(make_var(name, Type{DType::i64}));
  loop.body = body();
  scopes_.pop_back();
  append(context_.make(std::move(loop)));
}

void Parser::for_statement() {
  if (tokens_.peek(1).is("("))
    if (const auto scope = find_word<WorkerScope>(tokens_.peek().text)) {
      tokens_.next();
      return for_tasks(*scope);
    }
  For loop;
  if (const auto kind = find_word<ForKind>(tokens_.peek().text)) {
    loop.loop = *kind;
    tokens_.next();
  }
  const std::string name = tokens_.word();
  tokens_.expect("in");
  tokens_.expect("range");
  tokens_.expect("(");
  loop.extent = expr();
  tokens_.expect(")");
  scopes_.emplace_back();
  loop.var = make_var(name, loop.extent.type());
  loop.body = body();
  scopes_.pop_back();
  append(context_.make(std::move(loop)));
}

void Parser::if_statement() {
  If node;
  node.condition = expr();
  node.then = body();
  if (tokens_.take("else")) node.otherwise = body();
  append(context_.make(std::move(node)));
}

// buffer[index] = value, or site(index) = value.
void Parser::store() {
  const std::string name = tokens_.word();
  if (const Site* site = find_site(name); site && !find(name)) {
    SiteStore node;
    node.site = name;
    node.index = indices("(", ")");
    tokens_.expect("=");
    node.value = expr(site->type.dtype);
    return append(context_.make(std::move(node)));
  }
  Store node;
  node.buffer = find_buffer(name);
  node.index = indices("[", "]");
  tokens_.expect("=");
  node.value = expr(node.buffer->type.dtype);
  if (tokens_.take("masked")) node.mask = expr();
  if (tokens_.take("through")) {
    const auto transport = find_word<Transport>(tokens_.word());
    if (!transport) fail("values travel through cp_async or tma");
    node.transport = *transport;
  }
  append(context_.make(std::move(node)));
}

std::pair<Buffer, Expr> Parser::barrier_element() {
  Buffer buffer = find_buffer(tokens_.word());
  if (!tokens_.peek().is("[")) return {buffer, context_.index(0)};
  const std::vector<Expr> index = indices("[", "]");
  if (index.size() > 1) fail("barriers have one axis");
  return {buffer, index.empty() ? Expr() : index[0]};
}

void Parser::copy() {
  Copy node;
  node.target = tile();
  tokens_.expect("<-");
  node.source = tile();
  if (tokens_.take("by")) node.mapping = mapping();
  if (tokens_.take("through")) {
    const auto transport = find_word<Transport>(tokens_.word());
    if (!transport) fail("copies travel direct, cp_async or tma");
    node.transport = *transport;
  }
  if (tokens_.take("signal")) std::tie(node.signal, node.signal_index) = barrier_element();
  append(context_.make(std::move(node)));
}

void Parser::mma(bool asynchronous) {
  Mma node;
  node.asynchronous = asynchronous;
  node.accumulator = tile();
  tokens_.expect("+=");
  node.a = tile();
  tokens_.expect("*");
  node.b = tile();
  if (tokens_.take("with")) node.atom = tokens_.word();
  append(context_.make(std::move(node)));
}

void Parser::wait() {
  if (const auto kind = find_word<AsyncKind>(tokens_.peek().text);
      kind && !find(tokens_.peek().text)) {
    tokens_.next();
    Wait node;
    node.group = *kind;
    if (tokens_.take("leaving")) node.leaving = static_cast<int>(tokens_.integer());
    return append(context_.make(std::move(node)));
  }
  WaitBarrier node;
  std::tie(node.barrier, node.index) = barrier_element();
  tokens_.expect("parity");
  node.parity = expr();
  append(context_.make(std::move(node)));
}

void Parser::roles() {
  Roles node;
  tokens_.expect("{");
  while (!tokens_.take("}")) {
    Role role;
    role.name = tokens_.word();
    tokens_.expect("warps");
    role.first = static_cast<int>(tokens_.integer());
    tokens_.expect("..");
    role.last = static_cast<int>(tokens_.integer());
    if (tokens_.take("registers")) role.registers = static_cast<int>(tokens_.integer());
    role.body = body();
    node.roles.push_back(std::move(role));
  }
  append(context_.make(std::move(node)));
}

// The statements on tiles and barriers; false when `word` starts none.
bool Parser::tile_statement(const std::string& word) {
  if (word == "fill") {
    Fill node;
    node.tile = tile();
    tokens_.expect("=");
    const Site* site = find_site(node.tile.site);
    node.value = expr(site ? site->type.dtype : node.tile.buffer->type.dtype);
    append(context_.make(std::move(node)));
  } else if (word == "copy") {
    copy();
  } else if (word == "reduce") {
    Reduce node;
    const auto kind = find_word<ReduceKind>(tokens_.word());
    if (!kind) fail("reductions are sum, prod, max, min, any, all");
    node.reduce = *kind;
    node.target = tile();
    tokens_.expect("<-");
    node.source = tile();
    tokens_.expect("axis");
    node.axis = static_cast<int>(tokens_.integer());
    append(context_.make(std::move(node)));
  } else if (word == "mma") {
    mma(false);
  } else if (word == "async") {
    tokens_.expect("mma");
    mma(true);
  } else if (word == "commit") {
    const auto kind = find_word<AsyncKind>(tokens_.word());
    if (!kind) fail("groups are of cp_async or wgmma");
    append(context_.make(Commit{.group = *kind}));
  } else if (word == "wait") {
    wait();
  } else if (word == "barrier") {
    append(context_.make(Barrier{}));
  } else if (word == "arrive") {
    const auto [barrier, index] = barrier_element();
    append(context_.make(Arrive{.barrier = barrier, .index = index}));
  } else if (word == "expect") {
    const auto [barrier, index] = barrier_element();
    tokens_.expect("bytes");
    append(context_.make(Expect{.barrier = barrier, .index = index, .bytes = expr()}));
  } else {
    return false;
  }
  return true;
}

void Parser::statement() {
  const Token first = tokens_.peek();
  if (first.kind == Token::Kind::end) fail("the text ends inside of a body");
  if (first.kind != Token::Kind::word) fail(hidet::format("'{}' starts no statement", first.text));
  if (find(first.text) || find_site(first.text)) return store();
  const std::string word = tokens_.word();
  if (tile_statement(word)) return;
  if (word == "let") return let();
  if (word == "for") return for_statement();
  if (word == "if") return if_statement();
  if (word == "roles") return roles();
  if (word == "define") {
    const std::string name = tokens_.word();
    tokens_.expect("=");
    return bind(name, expr());
  }
  if (word == "exchange") {
    const std::string name = tokens_.word();
    tokens_.expect("=");
    const Expr value = expr();
    tokens_.expect("lanes");
    const auto bits = static_cast<int>(tokens_.integer());
    Var var = make_var(name, value.type());
    return append(context_.make(Exchange{.var = var, .value = value, .lane_bits = bits}));
  }
  if (word == "instruction") {
    Instruction node{.name = tokens_.word()};
    while (find(tokens_.peek().text)) {
      Address place{.buffer = find_buffer(tokens_.word())};
      place.index = indices("[", "]");
      node.addresses.push_back(std::move(place));
      if (!tokens_.take(",")) break;
    }
    if (tokens_.take("with")) node.values = indices("(", ")");
    return append(context_.make(std::move(node)));
  }
  if (word == "allocate") {
    const std::string name = tokens_.word();
    const auto scope = find_word<Scope>(name);
    if (!scope) fail(hidet::format("'{}' is no scope", name));
    Buffer buffer = buffer_declaration(*scope);
    return append(context_.make(Allocate{.buffer = buffer}));
  }
  if (word == "prefetch") {
    Prefetch node;
    const std::string name = tokens_.word();
    if (find_site(name) && !find(name)) {
      node.site = name;
      node.index = indices("(", ")");
    } else {
      node.buffer = find_buffer(name);
      node.index = indices("[", "]");
    }
    return append(context_.make(std::move(node)));
  }
  if (word == "outline") {
    const std::string name = tokens_.word();
    const Stmt inner = body();
    return append(context_.make(Outline{.name = name, .body = inner}));
  }
  if (word == "report") {
    const Expr condition = expr();
    tokens_.expect("code");
    return append(
        context_.make(Report{.condition = condition, .code = static_cast<int>(tokens_.integer())}));
  }
  Lexer::fail_at(first.line, hidet::format("'{}' starts no statement", word));
}

}  // namespace hidet
