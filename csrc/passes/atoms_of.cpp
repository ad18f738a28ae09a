#include "passes/atoms_of.h"

#include "mapping/lift.h"

namespace hidet {

Mapping atoms_of(Context& context, const Mapping& accumulator, const MmaAtom& atom) {
  const Mapping lifted = lift(atom.accumulator, context.index(0));
  const auto& all = accumulator.factors();
  std::vector<Factor<Expr>> own;
  for (const Factor<Expr>& factor : lifted.factors())
    if (!factor.is_unit()) own.push_back(factor);
  bool fits = all.size() >= own.size();
  for (size_t i = 0; fits && i < own.size(); ++i) {
    const Factor<Expr>& factor = all[all.size() - own.size() + i];
    fits =
        factor.kind == own[i].kind && factor.shape == own[i].shape && factor.order == own[i].order;
  }
  HIDET_ASSERT(fits, "accumulator {} is not made of {}", accumulator.to_string(), atom.name);
  std::vector<Factor<Expr>> rest(all.begin(), all.end() - static_cast<int64_t>(own.size()));
  const Expr one = context.index(1);
  if (rest.empty()) return repeat<Expr>({one, one});
  return Mapping(std::move(rest), accumulator.rank());
}

}  // namespace hidet
