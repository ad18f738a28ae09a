#include "ir/parser.h"
#include "ir/words.h"

namespace hidet {

Slice Parser::slice(Expr whole) {
  if (tokens_.take(":")) {
    if (tokens_.peek().is(",") || tokens_.peek().is("]")) {
      if (!whole) fail("an axis of a site has no whole; write start + :extent");
      return {context_.index(0), whole};
    }
    return {context_.index(0), binary(4).value};
  }
  const Expr start = binary(4).value;
  if (!tokens_.take("+")) return {start, Expr()};
  tokens_.expect(":");
  return {start, binary(4).value};
}

Tile Parser::tile() {
  if (tokens_.take("transpose")) {
    tokens_.expect("(");
    Tile inner = tile();
    tokens_.expect(")");
    inner.transposed = !inner.transposed;
    return inner;
  }
  const std::string name = tokens_.word();
  Tile result;
  std::vector<Expr> shape;
  if (const Site* site = find_site(name); site && !find(name)) {
    result.site = name;
    shape = site->shape;
  } else {
    result.buffer = find_buffer(name);
    shape = result.buffer->shape;
  }
  if (tokens_.take("[")) {
    while (!tokens_.take("]")) {
      if (!result.slices.empty()) tokens_.expect(",");
      const size_t axis = result.slices.size();
      if (axis >= shape.size()) fail(hidet::format("'{}' has {} axes", name, shape.size()));
      result.slices.push_back(slice(shape[axis]));
    }
  }
  while (result.slices.size() < shape.size())
    result.slices.push_back({context_.index(0), shape[result.slices.size()]});
  return result;
}

bool Parser::at_mapping() const {
  const Token& token = tokens_.peek();
  if (token.kind != Token::Kind::word) return false;
  if (token.is("spatial") || token.is("repeat") || token.is("replicate")) return true;
  if (tables_.count(token.text)) return true;
  const Meaning* meaning = find(token.text);
  return meaning && std::holds_alternative<Mapping>(*meaning);
}

Factor<Expr> Parser::factor(int& rank) {
  const int line = tokens_.peek().line;
  const std::string name = tokens_.word();
  tokens_.expect("(");
  std::vector<Expr> numbers;
  std::vector<int> order;
  while (!tokens_.take(")")) {
    if (!numbers.empty()) tokens_.expect(",");
    if (tokens_.take("order")) {
      while (!tokens_.peek().is(")")) order.push_back(static_cast<int>(tokens_.integer()));
    } else if (tokens_.take("rank")) {
      rank = static_cast<int>(tokens_.integer());
    } else {
      numbers.push_back(binary(1).value);
    }
  }
  return at_line(line, [&]() -> Factor<Expr> {
    if (name == "spatial") return spatial<Expr>(numbers, order).factors()[0];
    if (name == "repeat") return repeat<Expr>(numbers, order).factors()[0];
    if (name == "replicate") {
      if (numbers.size() != 1) Lexer::fail_at(line, "replicate takes one number of workers");
      return replicate<Expr>(numbers[0]).factors()[0];
    }
    const auto table = tables_.find(name);
    if (table == tables_.end()) Lexer::fail_at(line, hidet::format("'{}' is no mapping", name));
    return table->second(numbers).factors().at(0);
  });
}

Mapping Parser::mapping() {
  const int line = tokens_.peek().line;
  std::vector<Factor<Expr>> factors;
  int rank = 0;
  do {
    const Meaning* meaning = find(tokens_.peek().text);
    if (meaning && !std::holds_alternative<Mapping>(*meaning))
      fail(hidet::format("'{}' is no mapping", tokens_.peek().text));
    if (meaning) {
      const Mapping& named = std::get<Mapping>(*meaning);
      factors.insert(factors.end(), named.factors().begin(), named.factors().end());
      if (named.rank()) rank = named.rank();
      tokens_.next();
    } else {
      factors.push_back(factor(rank));
    }
  } while (tokens_.take("*"));
  return at_line(line, [&] { return Mapping(std::move(factors), rank); });
}

bool Parser::at_layout() const {
  const Token& token = tokens_.peek();
  return token.is("layout") || token.is("padded") || token.is("swizzle");
}

Layout<Expr> Parser::layout(const std::vector<Expr>& shape) {
  const int line = tokens_.peek().line;
  const auto small = [this] { return static_cast<int>(tokens_.integer()); };
  return at_line(line, [&]() -> Layout<Expr> {
    if (tokens_.take("padded")) return padded<Expr>(shape, tokens_.integer());
    Layout<Expr> result;
    if (tokens_.take("layout")) {
      tokens_.expect("(");
      std::vector<Expr> extents;
      std::vector<std::vector<Mode<Expr>>> modes;
      while (!tokens_.take(")")) {
        if (!extents.empty()) tokens_.expect(",");
        extents.push_back(binary(1).value);
        tokens_.expect(":");
        modes.emplace_back();
        while (!tokens_.peek().is(",") && !tokens_.peek().is(")")) {
          const Expr extent = primary().value;
          tokens_.expect("@");
          modes.back().push_back({extent, primary().value});
        }
      }
      std::optional<Expr> base;
      if (tokens_.take("offset")) base = primary().value;
      if (extents.empty() && !base) base = context_.index(0);
      result = Layout<Expr>(extents, modes, base);
    } else {
      result = row_major<Expr>(shape);
    }
    if (tokens_.take("swizzle")) {
      const int bits = small(), unit = small(), shift = small();
      result = result.swizzled(bits, unit, shift);
    }
    return result;
  });
}

Type Parser::type() {
  std::string word = tokens_.word();
  int lanes = 1;
  const size_t x = word.find('x');
  if (x != std::string::npos) {
    lanes = std::atoi(word.c_str() + x + 1);
    word.resize(x);
  }
  const auto dtype = find_dtype(word);
  if (!dtype || lanes < 1) fail(hidet::format("'{}' is no element type", word));
  return {*dtype, lanes};
}

// After the scope: name: type[shape] by mapping layout arrivals align.
Buffer Parser::buffer_declaration(Scope scope) {
  BufferInfo info;
  info.scope = scope;
  const std::string name = tokens_.word();
  info.name = Lexer::hint(name);
  info.type = Type{DType::i64};
  if (scope != Scope::barrier || tokens_.peek().is(":")) {
    tokens_.expect(":");
    info.type = type();
  }
  info.shape = indices("[", "]");
  if (tokens_.take("by")) info.mapping = mapping();
  if (at_layout()) info.layout = layout(info.shape);
  if (tokens_.take("arrivals")) info.arrivals = static_cast<int>(tokens_.integer());
  if (tokens_.take("align")) info.alignment = static_cast<int>(tokens_.integer());
  Buffer buffer = context_.make_buffer(std::move(info));
  bind(name, buffer);
  return buffer;
}

}  // namespace hidet
