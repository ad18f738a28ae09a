#include "emit/statement_printer.h"

#include "ir/visit.h"

namespace hidet {

namespace {

// Places in the text of s itself; a shared expression counts wherever it is written.
int occurrences(Stmt s, Var var) {
  int count = 0;
  std::function<void(Expr)> look = [&](Expr e) {
    const auto* variable = e.as<Variable>();
    if (variable && variable->var == var) ++count;
    if (count < 2) for_each_child(e, look);
  };
  for_each_child(s, look, [](Stmt) {});
  return count;
}
bool used_after(const std::vector<Stmt>& list, size_t from, Var var) {
  bool found = false;
  for (size_t i = from; i < list.size() && !found; ++i) {
    walk(list[i], [](Stmt) {}, [&](Expr root) { found = found || uses(root, var); });
  }
  return found;
}
bool is_leaf(Stmt s) {
  return s.as<Store>() || s.as<Let>();
}

}  // namespace

void StatementPrinter::text_line(std::string_view text) {
  out_.append(static_cast<size_t>(2 * depth_), ' ');
  out_ += text;
  out_ += '\n';
}

void StatementPrinter::emit_body(Stmt s) {
  ++depth_;
  names_.enter();
  emit_block(s);
  names_.leave();
  --depth_;
}

void StatementPrinter::emit_block(Stmt s) {
  if (!s) return;
  if (const auto* block = s.as<Block>()) {
    for (size_t i = 0; i < block->body.size(); ++i) emit_at(block->body, i);
  } else {
    emit(s);
  }
}

// A Load whose variable is used once, with nothing but bindings in between, is written there.
void StatementPrinter::emit_at(const std::vector<Stmt>& list, size_t i) {
  const auto* load = list[i].as<Load>();
  size_t next = i + 1;
  if (load) {
    while (next < list.size() && (list[next].as<Load>() || list[next].as<Let>()) &&
           occurrences(list[next], load->var) == 0)
      ++next;
  }
  if (!load || next == list.size() || occurrences(list[next], load->var) != 1 ||
      !is_leaf(list[next]) || used_after(list, next + 1, load->var)) {
    return emit(list[i]);
  }
  exprs_.name(
      load->var,
      exprs_.load(load->buffer, load->index[0], load->mask, load->otherwise, Strength::primary),
      Strength::primary, is_mask(load->var) ? 8 : 0);
}

void StatementPrinter::bind(Var var, const std::string& text, int mask_bits) {
  const std::string name = names_.fresh(var->name);
  line("const {} {} = {};", exprs_.type(var->type, mask_bits), name, text);
  exprs_.name(var, name, Strength::primary, mask_bits);
}

void StatementPrinter::emit(Stmt s) {
  switch (s.kind()) {
    case StmtKind::Block:
      line("{{");
      emit_body(s);
      line("}}");
      return;
    case StmtKind::Let: {
      const auto& n = *s.as<Let>();
      on_let(n);
      if (is_mask(n.var)) {
        const int bits = exprs_.mask_bits(n.value);
        bind(n.var, exprs_.mask(n.value, bits), bits);
      } else {
        bind(n.var, exprs_.print(n.value), 0);
      }
      return;
    }
    case StmtKind::Load: {
      const auto& n = *s.as<Load>();
      bind(n.var, exprs_.load(n.buffer, n.index[0], n.mask, n.otherwise, Strength::ternary),
           is_mask(n.var) ? 8 : 0);
      return;
    }
    case StmtKind::Store: {
      const auto& n = *s.as<Store>();
      text_line(exprs_.store(n.buffer, n.index[0], n.value, n.mask));
      return;
    }
    case StmtKind::For:
      return emit_for(*s.as<For>());
    case StmtKind::If:
      return emit_if(*s.as<If>(), "");
    case StmtKind::Allocate:
      return emit_allocate(*s.as<Allocate>());
    case StmtKind::Report:
      return emit_report(*s.as<Report>());
    default:
      return emit_other(s);
  }
}

void StatementPrinter::emit_loop(const For& loop, const std::string& first, const std::string& last,
                                 const std::string& pragma) {
  if (!pragma.empty()) text_line(pragma);
  names_.enter();
  const std::string name = names_.fresh(loop.var->name);
  exprs_.name(loop.var, name);
  line("for ({3} {0} = {1}; {0} < {2}; ++{0}) {{", name, first, last, exprs_.type(loop.var->type));
  emit_body(loop.body);
  names_.leave();
  line("}}");
}

void StatementPrinter::emit_if(const If& node, const std::string& prefix) {
  line("{}if ({}) {{", prefix, exprs_.print(node.condition));
  emit_body(node.then);
  if (!node.otherwise) {
    line("}}");
  } else if (const auto* chained = node.otherwise.as<If>()) {
    emit_if(*chained, "} else ");
  } else {
    line("}} else {{");
    emit_body(node.otherwise);
    line("}}");
  }
}

}  // namespace hidet
