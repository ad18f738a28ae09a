// Parser: the state that the parts of the parser share: tokens, names in scope, statements so far.
#pragma once

#include <variant>

#include "ir/lexer.h"
#include "ir/parse.h"

namespace hidet {

class Parser {
 public:
  Parser(Context& context, std::string_view text, const MappingTables& tables)
      : context_(context), tokens_(text), tables_(tables) {
    program_.context = &context;
  }
  Program program();

 private:
  // What a name stands for. An expression: a variable, or what `define` says.
  using Meaning = std::variant<Expr, Buffer, Mapping>;
  // A number without a mark takes the type that its surroundings want.
  struct Operand {
    Expr value;
    bool plain_number = false;
    int line = 0;
  };

  // parse_expr.cpp
  Expr expr(std::optional<DType> slot = std::nullopt);
  Operand binary(int strength);
  Operand unary();
  Operand primary();
  Operand number(bool negative);
  Operand literal(const Token& token, std::string_view mark, bool negative);
  Expr named(const std::string& name);
  Expr intrinsic(const std::string& name);
  Expr function_call(const std::string& name);
  Expr site_read(const Site& site);
  Expr call(Function function, std::vector<Operand> operands);
  Expr convert(const Operand& operand, DType dtype);
  std::vector<Expr> indices(std::string_view open, std::string_view close);
  Expr read(Buffer buffer, std::vector<Expr> index, bool load);

  // parse_tile.cpp
  Tile tile();
  Slice slice(Expr whole);
  Mapping mapping();
  Factor<Expr> factor(int& rank);
  bool at_mapping() const;
  Layout<Expr> layout(const std::vector<Expr>& shape);
  bool at_layout() const;
  Buffer buffer_declaration(Scope scope);
  Type type();

  // parse_program.cpp
  void size_declaration();
  void site_declaration(SiteKind kind);

  // parse_stmt.cpp
  Stmt body();
  void statement();
  void let();
  void for_statement();
  void for_tasks(WorkerScope scope);
  void if_statement();
  void store();
  void copy();
  void mma(bool asynchronous);
  void wait();
  void roles();
  std::pair<Buffer, Expr> barrier_element();
  bool tile_statement(const std::string& word);

  const Site* find_site(std::string_view name) const;
  Buffer find_buffer(const std::string& name);
  const Meaning* find(std::string_view name) const;
  void bind(const std::string& name, Meaning meaning);
  Var make_var(const std::string& name, Type type);
  void append(Stmt s) { blocks_.back().push_back(s); }
  [[noreturn]] void fail(const std::string& message) const {
    Lexer::fail_at(tokens_.line(), message);
  }
  // f(), where a UserError or a failed check of what is built becomes an error with a line.
  template <class F>
  auto at_line(int line, F&& f) -> decltype(f()) {
    try {
      return f();
    } catch (const UserError& error) {
      if (std::string_view(error.what()).starts_with("line ")) throw;
      Lexer::fail_at(line, error.what());
    } catch (const InternalError& error) {
      Lexer::fail_at(line, error.what());
    }
  }

  Context& context_;
  Lexer tokens_;
  const MappingTables& tables_;
  Program program_;
  std::vector<std::map<std::string, Meaning, std::less<>>> scopes_{1};
  std::vector<std::vector<Stmt>> blocks_{1};
  Var last_load_ = nullptr;  // of the expression being parsed
};

}  // namespace hidet
