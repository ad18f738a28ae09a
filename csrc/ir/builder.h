// Builder: writes a Program statement by statement; lambdas are the nested bodies.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/context.h"

namespace hidet {

class Builder {
 public:
  Builder(Context& context, std::string name, std::string target);

  Context& context() const { return context_; }
  Expr index(int64_t value) const { return context_.index(value); }
  Expr constant(DType dtype, double value) const { return context_.constant(Type{dtype}, value); }

  // Declarations of the program.
  Expr size(std::string name, SizeFacts facts = {});
  void threads(int count) { program_.threads = count; }  // of a CUDA block
  Buffer argument(std::string name, Scope scope, DType dtype, std::vector<Expr> shape,
                  std::optional<Layout<Expr>> layout = {});
  void site(SiteKind kind, std::string name, DType dtype, std::vector<Expr> shape);

  // Buffers of the current block.
  Buffer registers(std::string name, DType dtype, const Mapping& mapping);
  // Of all threads of the block.
  Buffer shared(std::string name, DType dtype, std::vector<Expr> shape,
                std::optional<Layout<Expr>> layout = {});
  Buffer local(std::string name, DType dtype, std::vector<Expr> shape,
               std::optional<Layout<Expr>> layout = {});
  // A register array without a mapping: scalars of the current worker.
  Buffer scalars(std::string name, DType dtype, std::vector<Expr> shape = {});

  // Values. load and let bind a new variable and return it.
  Expr let(std::string name, Expr value);
  Expr load(Buffer buffer, std::vector<Expr> index, const std::string& name = {});
  Expr read(const std::string& site, std::vector<Expr> index);
  Expr map(const std::string& site, std::vector<Expr> index, Expr value);
  void store(Buffer buffer, std::vector<Expr> index, Expr value);
  void prefetch(Buffer buffer, std::vector<Expr> index);
  void prefetch(const std::string& site, std::vector<Expr> index);
  void store_site(const std::string& site, std::vector<Expr> index, Expr value);
  void report(Expr condition, int code = 1);

  // Control.
  using Body = std::function<void()>;
  using IndexBody = std::function<void(Expr)>;
  using TaskBody = std::function<void(const std::vector<Expr>&)>;
  void loop(std::string name, Expr extent, const IndexBody& body, ForKind kind = ForKind::serial);
  void unrolled(std::string name, int64_t extent, const IndexBody& body);
  void tasks(std::vector<std::string> names, WorkerScope scope, const Mapping& mapping,
             const TaskBody& body, std::vector<Expr> covers = {});
  void when(Expr condition, const Body& then, const Body& otherwise = nullptr);
  void outline(std::string name, const Body& body);

  // Tile statements.
  void fill(Buffer tile, Expr value);  // the whole buffer
  void fill(const Tile& tile, Expr value);
  void copy(const Tile& target, const Tile& source, std::optional<Mapping> mapping = {});
  void reduce(const Tile& target, const Tile& source, ReduceKind kind, int axis);
  void mma(const Tile& accumulator, const Tile& a, const Tile& b, std::string atom = {});
  void barrier();

  // By all threads of the block, finished when a later wait for its group says so.
  void copy_async(const Tile& target, const Tile& source);
  void commit(AsyncKind group = AsyncKind::cp_async);
  void wait(int leaving, AsyncKind group = AsyncKind::cp_async);

  // Work in steps over `stages` parts of shared memory: `produce` fills the part `stage` for a
  // step, `consume` uses it while later steps are on their way.
  using StepBody = std::function<void(Expr step, Expr stage)>;
  // By copies through cp_async: stages - 1 steps are on their way, each a group of its own. One
  // past the end is an empty group, so that waits count steps.
  void pipeline(int stages, Expr steps, const StepBody& produce, const StepBody& consume);
  // By registers: two parts, and one barrier a step.
  struct RegisterProducer {
    StepBody fill;    // the part, at once
    IndexBody fetch;  // a step into registers; the step may lie past the end
    IndexBody put;    // from registers into the part
  };
  void pipeline(Expr steps, const RegisterProducer& produce, const StepBody& consume);

  // The whole of a buffer as a tile.
  Tile whole(Buffer buffer) const;

  void append(Stmt stmt);
  // Runs body and returns what it appended instead of appending it.
  Stmt capture(const Body& body);
  Program finish();

  // Mappings with constant extents.
  Mapping spatial(const std::vector<int64_t>& shape) const;
  Mapping repeat(const std::vector<int64_t>& shape) const;
  Mapping replicate(int64_t workers) const;

 private:
  Buffer allocate(Scope scope, std::string name, DType dtype, std::vector<Expr> shape,
                  std::optional<Layout<Expr>> layout);
  const Site& find_site(const std::string& name) const;
  std::vector<Expr> constants(const std::vector<int64_t>& values) const;

  Context& context_;
  Program program_;
  std::vector<std::vector<Stmt>> blocks_;
};

}  // namespace hidet
