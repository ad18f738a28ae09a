#include "passes/replace_buffers.h"

namespace hidet {

std::vector<Expr> BufferRewriter::rewrite_all(const std::vector<Expr>& list) {
  std::vector<Expr> result;
  for (Expr e : list) result.push_back(rewrite(e));
  return result;
}

Expr BufferRewriter::on_expr(Expr e) {
  const auto* element = e.as<Element>();
  if (!element) return recurse(e);
  return context_.element(replacement(element->buffer),
                          reindex(element->buffer, rewrite_all(element->index)));
}

Stmt BufferRewriter::on_stmt(Stmt s) {
  if (const auto* n = s.as<Load>()) {
    Load load = *n;
    load.buffer = replacement(n->buffer);
    load.index = reindex(n->buffer, rewrite_all(n->index));
    load.mask = rewrite(n->mask);
    load.otherwise = rewrite(n->otherwise);
    return context_.make(std::move(load));
  }
  if (const auto* n = s.as<Store>()) {
    Store store = *n;
    store.buffer = replacement(n->buffer);
    store.index = reindex(n->buffer, rewrite_all(n->index));
    store.value = rewrite(n->value);
    store.mask = rewrite(n->mask);
    return context_.make(std::move(store));
  }
  if (const auto* n = s.as<Prefetch>()) {
    Prefetch prefetch = *n;
    prefetch.buffer = replacement(n->buffer);
    prefetch.index = reindex(n->buffer, rewrite_all(n->index));
    return context_.make(std::move(prefetch));
  }
  if (const auto* n = s.as<Instruction>()) {
    Instruction instruction = *n;
    for (Address& place : instruction.addresses) {
      place.index = reindex(place.buffer, rewrite_all(place.index));
      place.buffer = replacement(place.buffer);
    }
    instruction.values = rewrite_all(n->values);
    return context_.make(std::move(instruction));
  }
  if (const auto* n = s.as<Allocate>()) {
    Allocate allocate = *n;
    allocate.buffer = replacement(n->buffer);
    return context_.make(std::move(allocate));
  }
  HIDET_ASSERT(!s.as<Fill>() && !s.as<Copy>() && !s.as<Reduce>() && !s.as<Mma>(),
               "tile statements have been lowered");
  return recurse(s);
}

}  // namespace hidet
