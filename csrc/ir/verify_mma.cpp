#include <map>
#include <set>

#include "ir/verifier.h"
#include "ir/words.h"
#include "mapping/lift.h"
#include "target/mma_atom.h"

namespace hidet {

namespace {

using Mapping64 = TaskMapping<int64_t>;

std::optional<Mapping64> constant_mapping_of(const Tile& tile) {
  if (!tile.buffer || !tile.buffer->mapping) return std::nullopt;
  return constant_mapping(*tile.buffer->mapping);
}

// Factors of more than one task or worker.
std::vector<Factor<int64_t>> real_factors(const Mapping64& mapping) {
  std::vector<Factor<int64_t>> result;
  for (const Factor<int64_t>& factor : mapping.factors())
    if (!factor.is_unit()) result.push_back(factor);
  return result;
}

bool ends_with(const Mapping64& mapping, const Mapping64& end) {
  const auto all = real_factors(mapping), last = real_factors(end);
  return all.size() >= last.size() && std::equal(last.rbegin(), last.rend(), all.rbegin());
}

DType dtype(const Tile& tile, const Program& program) {
  return tile.buffer ? tile.buffer->type.dtype : find_site(program, tile.site)->type.dtype;
}

// Whether every thread has the elements of register operand a that its group of threads multiplies
// with: those of the rows whose sums it holds.
bool lies_with_its_sums(const Mapping64& a, const Mapping64& sums, const MmaAtom& atom) {
  const int64_t group = atom.accumulator.workers();
  std::map<int64_t, std::set<int64_t>> rows;  // of a group
  for (int64_t worker = 0; worker < sums.workers(); ++worker)
    for (const auto& task : sums.tasks(worker)) rows[worker / group].insert(task[0]);
  std::map<std::pair<int64_t, int64_t>, std::set<int64_t>> holders;
  for (int64_t worker = 0; worker < a.workers(); ++worker)
    for (const auto& task : a.tasks(worker)) holders[{task[0], task[1]}].insert(worker);
  const int64_t terms = a.task_shape()[1];
  for (const auto& [at, own_rows] : rows)
    for (int64_t lane = 0; lane < group; ++lane)
      for (const auto& task : atom.a.tasks(lane))
        for (int64_t row : own_rows)
          for (int64_t q = task[1]; q < terms && row % atom.m == task[0]; q += atom.k)
            if (!holders[{row, q}].count(at * group + lane)) return false;
  return true;
}

}  // namespace

void verify_mma(Stmt s, const Mma& node, const Program& program, Problems& problems) {
  const Tile& sums = node.accumulator;
  problems.require(sums.buffer && sums.buffer->scope == Scope::registers, s,
                   "the accumulator of a product is in registers");
  if (node.atom.empty()) {
    problems.require(!node.asynchronous, s, "only an instruction is asynchronous");
    return;
  }
  const auto atom = find_mma_atom(node.atom);
  if (!problems.require(atom.has_value(), s, "there is no such instruction")) return;
  problems.require(atom->is_on(program.target), s,
                   hidet::format("{} has no {}", program.target, node.atom));
  problems.require(
      atom->asynchronous == node.asynchronous, s,
      hidet::format("{} is {}asynchronous", node.atom, atom->asynchronous ? "" : "not "));
  for (const Tile* operand : {&node.a, &node.b})
    problems.require(dtype(*operand, program) == atom->operand, s,
                     hidet::format("{} takes operands of {}", node.atom, name_of(atom->operand)));
  problems.require(dtype(sums, program) == atom->sum, s,
                   hidet::format("{} adds up in {}", node.atom, name_of(atom->sum)));
  const auto extent = [](const Tile& tile, int axis) {
    std::vector<Expr> kept;
    for (const Slice& slice : tile.slices)
      if (slice.extent) kept.push_back(slice.extent);
    return as_int(kept[tile.transposed ? 1 - axis : axis]);
  };
  const auto multiple = [](std::optional<int64_t> of, int unit) { return of && *of % unit == 0; };
  problems.require(multiple(extent(sums, 0), atom->m) && multiple(extent(sums, 1), atom->n) &&
                       multiple(extent(node.a, 1), atom->k),
                   s, hidet::format("the tiles are no multiples of {}", node.atom));
  if (atom->asynchronous)
    problems.require(node.b.buffer && node.b.buffer->scope == Scope::shared, s,
                     hidet::format("{} reads its second operand from shared memory", node.atom));
  const auto held = constant_mapping_of(sums);
  if (!problems.require(held && ends_with(*held, atom->accumulator), s,
                        hidet::format("the accumulator does not lie as {} has it", node.atom)))
    return;
  const bool in_registers = node.a.buffer && node.a.buffer->scope == Scope::registers;
  const auto a = constant_mapping_of(node.a);
  if (in_registers)
    problems.require(
        a && lies_with_its_sums(*a, *held, *atom), s,
        hidet::format("operand {} does not lie as {} has it", node.a.buffer->name, node.atom));
}

}  // namespace hidet
