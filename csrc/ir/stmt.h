// Statements: immutable trees in a Context. Tile statements act on whole tiles and are executed by
// all workers of their scope together; loop statements are executed by one worker.
#pragma once

#include "ir/buffer.h"

namespace hidet {

enum class StmtKind : uint8_t {
#define HIDET_STMT(Name) Name,
#include "ir/nodes.def"
};

struct StmtNode {
  StmtKind kind = StmtKind::Block;
  Context* context = nullptr;
};

class Stmt {
 public:
  Stmt() = default;
  explicit Stmt(const StmtNode* node) : node_(node) {}
  const StmtNode* operator->() const { return node_; }
  const StmtNode* get() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }
  bool operator==(const Stmt&) const = default;  // identity; structural equality: ir/equal.h
  StmtKind kind() const { return node_->kind; }
  Context& context() const { return *node_->context; }
  template <class Node>
  const Node* as() const {
    return node_ && node_->kind == Node::kKind ? static_cast<const Node*>(node_) : nullptr;
  }

 private:
  const StmtNode* node_ = nullptr;
};

// A rectangular view. The source is a buffer, or a site by name (exactly one of them). One slice an
// axis of the source: `extent` null is a point, and the axis is dropped.
struct Slice {
  Expr start;
  Expr extent;
  bool operator==(const Slice&) const = default;
};
struct Tile {
  Buffer buffer = nullptr;
  std::string site;
  std::vector<Slice> slices;
  bool transposed = false;  // the last two kept axes exchanged
  bool operator==(const Tile&) const = default;
};

struct Block : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Block;
  std::vector<Stmt> body;
  static constexpr auto fields() { return std::make_tuple(field("body", &Block::body)); }
};

struct Let : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Let;
  Var var = nullptr;
  Expr value;
  static constexpr auto fields() {
    return std::make_tuple(field("var", &Let::var), field("value", &Let::value));
  }
};

// How an asynchronous copy travels; `direct` is an ordinary copy, finished when the statement is.
enum class Transport : uint8_t { direct, cp_async, tma };

// mask: null reads always; where it is false nothing is read and `otherwise` (same type) is bound.
struct Load : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Load;
  Var var = nullptr;
  Buffer buffer = nullptr;
  std::vector<Expr> index;
  Expr mask;
  Expr otherwise;
  static constexpr auto fields() {
    return std::make_tuple(field("var", &Load::var), field("buffer", &Load::buffer),
                           field("index", &Load::index), field("mask", &Load::mask),
                           field("otherwise", &Load::otherwise));
  }
};

// mask: null writes always. `transport` other than direct is a wish: the value may arrive as late
// as copies through it do (passes/lower_copies.h).
struct Store : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Store;
  Buffer buffer = nullptr;
  std::vector<Expr> index;
  Expr value;
  Expr mask;
  Transport transport = Transport::direct;
  static constexpr auto fields() {
    return std::make_tuple(field("buffer", &Store::buffer), field("index", &Store::index),
                           field("value", &Store::value), field("mask", &Store::mask),
                           field("transport", &Store::transport));
  }
};

// A hint: the cache line of an element will be read soon, of a buffer or of what a read site
// becomes (exactly one of them). Reads nothing, so the last index of a buffer may lie anywhere.
struct Prefetch : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Prefetch;
  Buffer buffer = nullptr;
  std::string site;
  std::vector<Expr> index;
  static constexpr auto fields() {
    return std::make_tuple(field("buffer", &Prefetch::buffer), field("site", &Prefetch::site),
                           field("index", &Prefetch::index));
  }
};

struct SiteStore : StmtNode {
  static constexpr StmtKind kKind = StmtKind::SiteStore;
  std::string site;
  std::vector<Expr> index;
  Expr value;
  static constexpr auto fields() {
    return std::make_tuple(field("site", &SiteStore::site), field("index", &SiteStore::index),
                           field("value", &SiteStore::value));
  }
};

// parallel: the outermost loop of a CPU program, whose range the runtime hands out in pieces.
// vector: the iterations do not depend on one another; becomes vectors of `extent` lanes, a
// constant. blocks, threads: the blocks of a CUDA launch, and directly inside it the threads of
// one, which run side by side: between two barriers nothing is said of their order.
enum class ForKind : uint8_t { serial, unrolled, parallel, vector, blocks, threads };
// Whether the iterations are handed out by a launch; such a loop stays, however short it is.
inline bool is_launch_loop(ForKind kind) {
  return kind == ForKind::parallel || kind == ForKind::blocks || kind == ForKind::threads;
}

struct For : StmtNode {
  static constexpr StmtKind kKind = StmtKind::For;
  Var var = nullptr;  // runs over [0, extent)
  Expr extent;
  ForKind loop = ForKind::serial;
  Stmt body;
  static constexpr auto fields() {
    return std::make_tuple(field("var", &For::var), field("extent", &For::extent),
                           field("loop", &For::loop), field("body", &For::body));
  }
};

// Whose worker index a mapping takes. core: the tasks of a CPU launch. lane: the lanes of a CPU
// vector. block, warp, thread: CUDA.
enum class WorkerScope : uint8_t { core, lane, block, warp, thread };

// Runs the body for each task of the current worker in `mapping`; tasks outside `covers` (one
// extent an axis; empty: no test) are left out. A loop over lanes is a vector.
struct ForTask : StmtNode {
  static constexpr StmtKind kKind = StmtKind::ForTask;
  std::vector<Var> vars;
  WorkerScope scope = WorkerScope::lane;
  Mapping mapping;
  std::vector<Expr> covers;
  Stmt body;
  static constexpr auto fields() {
    return std::make_tuple(field("vars", &ForTask::vars), field("scope", &ForTask::scope),
                           field("mapping", &ForTask::mapping), field("covers", &ForTask::covers),
                           field("body", &ForTask::body));
  }
};

struct If : StmtNode {
  static constexpr StmtKind kKind = StmtKind::If;
  Expr condition;
  Stmt then;
  Stmt otherwise;  // may be null
  static constexpr auto fields() {
    return std::make_tuple(field("condition", &If::condition), field("then", &If::then),
                           field("otherwise", &If::otherwise));
  }
};

struct Allocate : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Allocate;
  Buffer buffer = nullptr;
  static constexpr auto fields() { return std::make_tuple(field("buffer", &Allocate::buffer)); }
};

// Why: a host compiler spills the register tile when it sees the epilogue beside the main loop.
struct Outline : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Outline;
  std::string name;
  Stmt body;
  static constexpr auto fields() {
    return std::make_tuple(field("name", &Outline::name), field("body", &Outline::body));
  }
};

// code: what went wrong, a bit; 1 is an index out of range.
struct Report : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Report;
  Expr condition;
  int code = 1;
  static constexpr auto fields() {
    return std::make_tuple(field("condition", &Report::condition), field("code", &Report::code));
  }
};

struct Fill : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Fill;
  Tile tile;
  Expr value;
  static constexpr auto fields() {
    return std::make_tuple(field("tile", &Fill::tile), field("value", &Fill::value));
  }
};

// Binds a variable to the value that another thread of the warp has for `value`: the one whose
// number differs in the bits of `lane_bits`, 1 to 31. All threads of the warp come here together.
struct Exchange : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Exchange;
  Var var = nullptr;
  Expr value;
  int lane_bits = 1;
  static constexpr auto fields() {
    return std::make_tuple(field("var", &Exchange::var), field("value", &Exchange::value),
                           field("lane_bits", &Exchange::lane_bits));
  }
};

// `mapping` says who copies what; absent: that of the tile which is held in registers, else chosen
// by the pass that lowers it. Elements of the source outside `covers` of their site read as zero.
// `signal`: the mbarrier (element `signal_index`) that a TMA copy completes.
struct Copy : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Copy;
  Tile target;
  Tile source;
  std::optional<Mapping> mapping;
  Transport transport = Transport::direct;
  Buffer signal = nullptr;
  Expr signal_index;
  static constexpr auto fields() {
    return std::make_tuple(field("target", &Copy::target), field("source", &Copy::source),
                           field("mapping", &Copy::mapping), field("transport", &Copy::transport),
                           field("signal", &Copy::signal),
                           field("signal_index", &Copy::signal_index));
  }
};

// The address of an element.
struct Address {
  Buffer buffer = nullptr;
  std::vector<Expr> index;
  bool operator==(const Address&) const = default;
};

// A machine instruction of the current thread, or of the threads of its warp together: a prelude
// function, named without its hidet_. It takes the addresses, the first of which it writes, then
// the values.
struct Instruction : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Instruction;
  std::string name;
  std::vector<Address> addresses;
  std::vector<Expr> values;
  static constexpr auto fields() {
    return std::make_tuple(field("name", &Instruction::name),
                           field("addresses", &Instruction::addresses),
                           field("values", &Instruction::values));
  }
};

enum class ReduceKind : uint8_t { sum, prod, max, min, any, all };

struct Reduce : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Reduce;
  Tile target;  // the source's shape without `axis`
  Tile source;
  ReduceKind reduce = ReduceKind::sum;
  int axis = 0;
  static constexpr auto fields() {
    return std::make_tuple(field("target", &Reduce::target), field("source", &Reduce::source),
                           field("reduce", &Reduce::reduce), field("axis", &Reduce::axis));
  }
};

// accumulator[i, j] += sum over q of a[i, q] * b[q, j]. `atom` names a row of the instruction table
// (target/); empty: scalar or vector FMA. An asynchronous Mma (wgmma) needs Commit and Wait.
struct Mma : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Mma;
  Tile accumulator;
  Tile a;
  Tile b;
  std::string atom;
  bool asynchronous = false;
  static constexpr auto fields() {
    return std::make_tuple(field("accumulator", &Mma::accumulator), field("a", &Mma::a),
                           field("b", &Mma::b), field("atom", &Mma::atom),
                           field("asynchronous", &Mma::asynchronous));
  }
};

// Groups of asynchronous work are of a kind: copies by cp.async, or products by wgmma.
enum class AsyncKind : uint8_t { cp_async, wgmma };

struct Commit : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Commit;
  AsyncKind group = AsyncKind::cp_async;
  static constexpr auto fields() { return std::make_tuple(field("group", &Commit::group)); }
};

struct Wait : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Wait;
  AsyncKind group = AsyncKind::cp_async;
  int leaving = 0;  // how many of the youngest groups may be unfinished
  static constexpr auto fields() {
    return std::make_tuple(field("group", &Wait::group), field("leaving", &Wait::leaving));
  }
};

struct Barrier : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Barrier;
  static constexpr auto fields() { return std::make_tuple(); }
};

struct Arrive : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Arrive;
  Buffer barrier = nullptr;
  Expr index;
  static constexpr auto fields() {
    return std::make_tuple(field("barrier", &Arrive::barrier), field("index", &Arrive::index));
  }
};

struct Expect : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Expect;
  Buffer barrier = nullptr;
  Expr index;
  Expr bytes;
  static constexpr auto fields() {
    return std::make_tuple(field("barrier", &Expect::barrier), field("index", &Expect::index),
                           field("bytes", &Expect::bytes));
  }
};

// Waits until the phase of the given parity (0 or 1) is complete.
struct WaitBarrier : StmtNode {
  static constexpr StmtKind kKind = StmtKind::WaitBarrier;
  Buffer barrier = nullptr;
  Expr index;
  Expr parity;
  static constexpr auto fields() {
    return std::make_tuple(field("barrier", &WaitBarrier::barrier),
                           field("index", &WaitBarrier::index),
                           field("parity", &WaitBarrier::parity));
  }
};

// Warps [first, last) of the block run `body`; `registers` a thread, 0: as compiled.
struct Role {
  std::string name;
  int first = 0;
  int last = 0;
  int registers = 0;
  Stmt body;
};
struct Roles : StmtNode {
  static constexpr StmtKind kKind = StmtKind::Roles;
  std::vector<Role> roles;
  static constexpr auto fields() { return std::make_tuple(field("roles", &Roles::roles)); }
};

}  // namespace hidet
