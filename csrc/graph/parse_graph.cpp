#include <charconv>
#include <map>

#include "base/error.h"
#include "graph/graph_text.h"
#include "graph/operators.h"
#include "ir/words.h"

namespace hidet {

namespace {

// One line of the text.
class LineReader {
 public:
  LineReader(std::string_view text, int number) : text_(text), number_(number) { skip_space(); }

  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  bool take(std::string_view token) {
    if (text_.substr(position_, token.size()) != token) return false;
    const size_t end = position_ + token.size();
    if (is_word(token.back()) && end < text_.size() && is_word(text_[end])) return false;
    position_ = end;
    skip_space();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail(hidet::format("expected '{}'", token));
  }
  // Letters, digits, and what names of operators have.
  std::string word() {
    const size_t start = position_;
    while (!at_end() && (is_word(peek()) || peek() == ':' || peek() == '.')) position_++;
    // The colon of a type is not part of the name before it.
    while (position_ > start && text_[position_ - 1] == ':') position_--;
    if (position_ == start) fail("expected a name");
    std::string result(text_.substr(start, position_ - start));
    skip_space();
    return result;
  }
  int64_t integer() {
    int64_t value = 0;
    const char* end = text_.data() + text_.size();
    auto [rest, error] = std::from_chars(text_.data() + position_, end, value);
    if (error != std::errc()) fail("expected an integer");
    position_ = rest - text_.data();
    skip_space();
    return value;
  }
  Attribute number() {
    const size_t start = position_;
    while (!at_end() && (is_word(peek()) || std::string_view("+-.").find(peek()) != kNowhere))
      position_++;
    const std::string digits(text_.substr(start, position_ - start));
    skip_space();
    if (digits.find_first_of(".enif") == kNowhere) {
      int64_t value = 0;
      auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc() || rest != digits.data() + digits.size()) fail("expected a value");
      return {value};
    }
    double value = 0;
    auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || rest != digits.data() + digits.size()) fail("expected a value");
    return {value};
  }
  std::string quoted() {
    if (peek() != '"') fail("expected '\"'");
    std::string result;
    for (position_++; peek() != '"'; position_++) {
      if (at_end()) fail("a string without end");
      if (peek() == '\\') position_++;
      result += peek();
    }
    position_++;
    skip_space();
    return result;
  }
  // A size expression up to `,` or the closing bracket, which stay.
  SizeExpr size(char closing) {
    const size_t start = position_;
    for (int depth = 0; !at_end(); position_++) {
      if (depth == 0 && (peek() == ',' || peek() == closing)) break;
      depth += peek() == '(' ? 1 : peek() == ')' ? -1 : 0;
    }
    return SizeExpr::parse(text_.substr(start, position_ - start));
  }
  // Items between brackets, with commas.
  template <class F>
  void list(std::string_view open, std::string_view close, F&& item) {
    expect(open);
    if (take(close)) return;
    do item();
    while (take(","));
    expect(close);
  }
  [[noreturn]] void fail(const std::string& message) const {
    HIDET_USER_ERROR(value, "line {}, column {}: {}", number_, position_ + 1, message);
  }

 private:
  static constexpr size_t kNowhere = std::string_view::npos;
  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  void skip_space() {
    while (!at_end() && text_[position_] == ' ') position_++;
  }

  std::string_view text_;
  size_t position_ = 0;
  int number_;
};

class GraphParser {
 public:
  Graph parse(std::string_view text) {
    int number = 0;
    while (!text.empty()) {
      std::string_view content = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), content.size() + 1));
      number++;
      std::string comment;
      if (size_t hash = content.find("# "); hash != std::string_view::npos) {
        comment = content.substr(hash + 2);
        content = content.substr(0, hash);
      }
      while (!content.empty() && content.back() == ' ') content.remove_suffix(1);
      LineReader reader(content, number);
      if (reader.at_end()) continue;
      line(reader, comment);
      if (!reader.at_end()) reader.fail("expected the end of the line");
    }
    if (graph_.arguments.empty())
      for (ValueId input : graph_.inputs) graph_.arguments.push_back({.value = input});
    return std::move(graph_);
  }

 private:
  void line(LineReader& reader, const std::string& comment) {
    if (reader.take("device")) {
      graph_.device = device(reader);
      return;
    }
    if (reader.take("symbol")) return symbol(reader, comment);
    if (reader.take("input")) return input(reader, comment, false);
    if (reader.take("weight")) return input(reader, comment, true);
    if (reader.take("argument")) return argument(reader);
    if (reader.take("copy")) {
      const ValueId target = use(reader);
      reader.expect("<-");
      graph_.mutations.emplace_back(target, use(reader));
      return;
    }
    if (reader.take("return")) {
      if (reader.at_end()) return;
      do graph_.outputs.push_back(reader.take("none") ? -1 : use(reader));
      while (reader.take(","));
      return;
    }
    node(reader, comment);
  }

  void symbol(LineReader& reader, const std::string& comment) {
    const std::string name = reader.word();
    Symbol symbol{.name = comment.empty() ? name : comment};
    if (name != hidet::format("s{}", graph_.symbols.size())) reader.fail("symbols come in order");
    if (reader.take("in")) {
      symbol.lower = reader.integer();
      reader.expect("..");
      symbol.upper = reader.integer();
    }
    if (reader.take("by")) symbol.divisor = reader.integer();
    if (reader.take("hint")) symbol.hint = reader.integer();
    graph_.symbols.push_back(std::move(symbol));
  }
  void input(LineReader& reader, const std::string& comment, bool weight) {
    const ValueId id = define(reader, comment);
    graph_.values[id].weight = weight;
    graph_.inputs.push_back(id);
  }
  void argument(LineReader& reader) {
    Graph::Argument argument;
    if (reader.peek() == '%') {
      argument.value = use(reader);
    } else if (!reader.take("none")) {
      argument.symbol = SizeExpr::parse(reader.word()).symbol_index();
    }
    graph_.arguments.push_back(argument);
  }

  static Device device(LineReader& reader) {
    const auto found = find_device(reader.word());
    if (!found) reader.fail("no such device");
    return *found;
  }
  std::vector<SizeExpr> sizes(LineReader& reader) {
    std::vector<SizeExpr> result;
    reader.list("[", "]", [&] { result.push_back(reader.size(']')); });
    return result;
  }
  // "%3: f32[s0, 4] strides [4, 1]".
  ValueId define(LineReader& reader, const std::string& name) {
    reader.expect("%");
    const int64_t number = reader.integer();
    reader.expect(":");
    Value value;
    auto dtype = find_dtype(reader.word());
    if (!dtype) reader.fail("no such type");
    value.dtype = *dtype;
    value.shape = sizes(reader);
    if (reader.take("strides")) value.border_strides = sizes(reader);
    if (reader.take("on")) value.elsewhere = device(reader);
    value.name = name;
    graph_.values.push_back(std::move(value));
    const auto id = static_cast<ValueId>(graph_.values.size()) - 1;
    if (!values_.emplace(number, id).second) reader.fail("a value is defined twice");
    return id;
  }
  ValueId use(LineReader& reader) {
    reader.expect("%");
    auto it = values_.find(reader.integer());
    if (it == values_.end()) reader.fail("a value is not defined");
    return it->second;
  }

  Attribute attribute(LineReader& reader) {
    if (reader.peek() == '%') return {TensorArgument{use(reader)}};
    if (reader.peek() == '"') return {reader.quoted()};
    if (reader.take("{")) {
      SizeExpr size = reader.size('}');
      reader.expect("}");
      return {size};
    }
    if (reader.peek() == '[') {
      AttributeList list;
      reader.list("[", "]", [&] { list.push_back(attribute(reader)); });
      return {list};
    }
    if (reader.take("none")) return {};
    if (reader.take("true")) return {true};
    if (reader.take("false")) return {false};
    for (const char* kind : {"dtype", "layout", "memory_format", "device"})
      if (reader.take(kind)) return {OpaqueArgument{kind, reader.quoted()}};
    return reader.number();
  }

  void set_operator(LineReader& reader, Node& node) {
    const std::string name = reader.word();
    if (name.find("::") != std::string::npos) {
      node.op = Op::aten;
      node.aten = name;
      return;
    }
    constexpr std::string_view reduce = "reduce.";
    if (name.starts_with(reduce)) {
      node.op = Op::reduce;
      auto kind = find_word<ReduceKind>(std::string_view(name).substr(reduce.size()));
      if (!kind) reader.fail("no such reduction");
      node.attributes["kind"] = {static_cast<int64_t>(*kind)};
      return;
    }
    if (auto op = find_op(name)) {
      node.op = *op;
      return;
    }
    auto function = find_function(name);
    if (!function) reader.fail("no such operator");
    node.op = Op::apply;
    node.attributes["function"] = {static_cast<int64_t>(*function)};
  }
  static void collect(const Attribute& attribute, std::vector<ValueId>& found) {
    if (const auto* tensor = std::get_if<TensorArgument>(&attribute.value))
      found.push_back(tensor->value);
    if (const auto* list = std::get_if<AttributeList>(&attribute.value))
      for (const Attribute& item : *list) collect(item, found);
  }

  void node(LineReader& reader, const std::string& comment) {
    Node node{.op = Op::aten};
    node.name = comment;
    const auto id = static_cast<NodeId>(graph_.nodes.size());
    if (!reader.take("=")) {
      do {
        if (reader.take("_")) {
          node.outputs.push_back(-1);
          continue;
        }
        const ValueId value = define(reader, comment);
        graph_.values[value].producer = id;
        graph_.values[value].output_index = static_cast<int>(node.outputs.size());
        node.outputs.push_back(value);
      } while (reader.take(","));
      reader.expect("=");
    }
    set_operator(reader, node);
    reader.list("(", ")", [&] {
      if (node.op != Op::aten) {
        node.inputs.push_back(use(reader));
        return;
      }
      node.aten_arguments.push_back(attribute(reader));
      collect(node.aten_arguments.back(), node.inputs);
    });
    while (!reader.at_end()) {
      if (reader.take("because")) {
        node.aten_reason = reader.quoted();
        continue;
      }
      const std::string key = reader.word();
      reader.expect("=");
      node.attributes[key] = attribute(reader);
    }
    graph_.nodes.push_back(std::move(node));
  }

  Graph graph_;
  std::map<int64_t, ValueId> values_;  // by number in the text
};

}  // namespace

Graph parse_graph(std::string_view text) {
  return GraphParser().parse(text);
}

}  // namespace hidet
