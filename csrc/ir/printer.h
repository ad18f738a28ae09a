// Printer: the state that the parts of the printer share: names, and the text so far.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "ir/program.h"

namespace hidet {

class Printer {
 public:
  Printer() = default;

  void program(const Program& program);
  void statement(Stmt s);
  // The first line of the statement, without indentation.
  std::string head(Stmt s);

  // What a slot of a type would read an unmarked number as: f32 and i64 numbers need no mark,
  // except where the slot has another type.
  std::string expr(Expr e, std::optional<DType> slot = std::nullopt) { return expr(e, 0, slot); }
  std::string tile(const Tile& tile);
  std::string mapping(const Mapping& mapping);
  std::string take() { return std::move(text_); }

 private:
  std::string expr(Expr e, int strength, std::optional<DType> slot);
  std::string constant(const Constant& node, std::optional<DType> slot);
  std::string call(const Call& node, int strength);
  std::string list(const std::vector<Expr>& items);
  std::string access(Buffer buffer, const std::vector<Expr>& index);
  std::string layout(const Layout<Expr>& layout);
  std::string declaration(Buffer buffer);
  std::string site_call(const std::string& site, const std::vector<Expr>& index, Expr value);
  std::string copy(const Copy& node);
  std::string size(const SizeParam& size);

  const std::string& name(Var var);
  const std::string& name(Buffer buffer);
  std::string unique(const std::string& hint, const char* fallback);

  void line(const std::string& text);
  void body(Stmt s);
  // Names for what occurs often in the statement's expressions, where writing it out would explode.
  void define_shared(Stmt s);

  std::string text_;
  int depth_ = 0;
  std::set<std::string> taken_;
  std::set<std::string> sites_;
  std::unordered_map<uint32_t, std::string> vars_, buffers_;
  std::unordered_map<const ExprNode*, std::string> defined_;
};

}  // namespace hidet
