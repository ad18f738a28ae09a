// StatementPrinter: statements of the target level as C++, as far as CPU and CUDA agree.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emit/cpp_expr.h"
#include "emit/names.h"

namespace hidet {

class StatementPrinter {
 public:
  StatementPrinter(const Program& program, std::unique_ptr<KernelPrelude> prelude)
      : program_(program), prelude_(std::move(prelude)), exprs_(*prelude_) {}
  virtual ~StatementPrinter() = default;

 protected:
  // What a target has a way of its own for; the rest is printed by emit().
  virtual void emit_for(const For& loop) = 0;
  virtual void emit_allocate(const Allocate& node) = 0;
  virtual void emit_report(const Report& node) = 0;
  virtual void emit_other(Stmt s) = 0;
  virtual void on_let(const Let&) {}

  void emit(Stmt s);
  // The statements of a body, one deeper.
  void emit_body(Stmt s);
  void emit_block(Stmt s);
  // A loop from `first` to `last`, with a line before it where `pragma` is not empty.
  void emit_loop(const For& loop, const std::string& first, const std::string& last,
                 const std::string& pragma);

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_line(hidet::format(format, std::forward<Args>(args)...));
  }
  void text_line(std::string_view text);
  void bind(Var var, const std::string& text, int mask_bits);
  static bool is_mask(Var var) { return var->type.dtype == DType::b8 && var->type.is_vector(); }

  KernelPrelude& prelude() { return *prelude_; }

  const Program& program_;

 private:
  std::unique_ptr<KernelPrelude> prelude_;

 protected:
  CppExprs exprs_;
  Names names_;
  std::string out_;
  int depth_ = 0;

 private:
  void emit_at(const std::vector<Stmt>& list, size_t i);
  void emit_if(const If& node, const std::string& prefix);
};

}  // namespace hidet
