// Interpreter: one thread of control of a program: the whole of it, or a role.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "interp/evaluation.h"
#include "interp/interpret.h"
#include "interp/memory.h"
#include "interp/roles.h"
#include "ir/program.h"

namespace hidet {

// A tile with numbers for its expressions.
struct View {
  std::shared_ptr<Memory> memory;
  const Site* site = nullptr;
  std::vector<int64_t> site_shape;
  std::vector<int64_t> start;    // one an axis of the source
  std::vector<int> axes;         // of the source, that the tile keeps, in its order
  std::vector<int64_t> extents;  // of the kept axes
  Type type;
  bool late = false;  // used by asynchronous work when it is done

  int64_t elements() const;
  // The index into the source of element `position`, counted row major.
  std::vector<int64_t> index(int64_t position) const;
};

using Work = std::function<void()>;

struct BarrierCell {
  int64_t phase = 0;
  int64_t missing = 0;                          // arrivals
  int64_t expected = 0;                         // bytes, announced and not here yet
  std::deque<std::pair<int64_t, Work>> copies;  // their bytes
};

// What the threads of control share.
struct Machine {
  const Program& program;
  const Bindings& bindings;
  Turns turns;
  int status = 0;
  std::vector<std::shared_ptr<void>> kept;  // what late work may still need
};

class Interpreter : public Evaluation {
 public:
  explicit Interpreter(Machine& machine);
  void run(Stmt s);

 protected:
  Scalar variable(Var var, int lane) override;
  Scalar element(Buffer buffer, const std::vector<int64_t>& index, int lane) override;
  Scalar site(const SiteRead& node, const std::vector<Scalar>& index, Scalar value) override;

 private:
  // interpret.cpp
  void bind_arguments();
  void execute(Stmt s);
  void loop(const For& node);
  void allocate(Buffer buffer);
  Memory make_memory(Buffer buffer);
  void load(const Load& node);
  void store(const Store& node);
  void store_site(const SiteStore& node);
  void set(Var var, Scalar value, int lane = 0);
  std::shared_ptr<Memory> find_memory(Buffer buffer);
  Memory& memory(Buffer buffer);
  void check_owner(const Memory& memory, const std::vector<int64_t>& index) const;

  // interpret_tasks.cpp
  void loop_over_tasks(const ForTask& node);
  TaskMapping<int64_t> numbers(const Mapping& mapping);

  // interpret_launch.cpp
  struct ThreadState {
    std::vector<std::vector<Scalar>> vars;
    std::map<uint32_t, std::shared_ptr<Memory>> memories;
  };
  bool is_joint(Stmt s);
  void with_thread(size_t thread, const std::function<void()>& body);
  void each_thread(const std::function<void(size_t)>& body);
  int64_t agreed(Expr e);
  void launch_threads(const For& node);
  void execute_jointly(Stmt s);

  // interpret_tile.cpp
  View view(const Tile& tile);
  Scalar read(const View& view, int64_t position);
  void write(const View& view, int64_t position, Scalar value);
  // Work that writes `target` starts or ends.
  void under_way(const View& target, int change);
  void fill(const Fill& node);
  void copy(const Copy& node);
  void reduce(const Reduce& node);
  void mma(const Mma& node);
  void multiply(const View& accumulator, const View& a, const View& b);

  // interpret_async.cpp
  void commit(AsyncKind kind);
  void wait(AsyncKind kind, int leaving);
  BarrierCell& cell(Buffer barrier, Expr index);
  void arrive(BarrierCell& cell, const char* what);
  void wait_barrier(const WaitBarrier& node);
  void run_roles(const Roles& node);

  Machine& machine_;
  std::vector<std::vector<Scalar>> vars_;  // by id
  std::map<uint32_t, std::shared_ptr<Memory>> memories_;
  std::map<uint32_t, std::shared_ptr<std::vector<BarrierCell>>> barriers_;
  std::map<std::string, std::vector<int64_t>> site_shapes_;
  std::map<AsyncKind, std::vector<Work>> open_;
  std::map<AsyncKind, std::deque<std::vector<Work>>> groups_;
  std::vector<ThreadState> threads_;  // of the block at hand
  std::map<const StmtNode*, bool> joint_;
  int64_t thread_ = -1;  // the worker of the innermost loop over threads
  std::map<const StmtNode*, std::vector<std::vector<std::vector<int64_t>>>> tasks_;
};

}  // namespace hidet
