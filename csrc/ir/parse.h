// parse: the textual form of a program (ir/print.h), written by hand or printed.
//
//   program scale target cpu            level loops, threads 128: optional
//   size n lower 1 upper 512 divisor 8  facts: optional
//   constant x: f32[n]                  buffers that are arguments: global or constant
//   store y: f32[n]                     sites: read, store, map, rowwise
//   grid [n]
//   {
//     let tile = repeat(4) * spatial(16)        a name for a mapping; no statement
//     allocate registers v: f32[64] by tile     scope, shape, mapping; layout(...), padded 1,
//                                               swizzle 3 3 3, arrivals 1, align 16
//     for core (b) in spatial((n + 63) / 64) covers (n) { ... }
//     for unrolled i in range(4) { ... }        serial, unrolled, parallel, vector
//     copy v <- x[b * 64 + :64] by tile through cp_async
//     let f = exp(v[3]) masked i < n else 0.0   reads of mutable buffers become loads before it
//     y(i) = f * 2.0                            store site;  map sites: score(i, j; value)
//     v[3] = f masked i < n
//     mma acc += a[s] * transpose(b[s]) with m16n8k16_bf16      axes not named are taken whole
//     reduce max top <- v axis 0;  fill v = 0;  commit cp_async;  wait cp_async leaving 1
//     barrier;  arrive full[s];  expect full[s] bytes 4096;  wait full[s] parity 1
//     roles { producer warps 0 .. 4 registers 40 { ... } }
//     if a < b { ... } else { ... }   outline name { ... }   report i >= n code 1
//   }
//
// A number takes the type of what stands beside it, else i64 or f32; 3_i32 and 0.5_bf16 state it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "ir/context.h"

namespace hidet {

// Mappings given as code that a text may name, with their arguments.
using MappingTable = std::function<Mapping(const std::vector<Expr>& arguments)>;
using MappingTables = std::map<std::string, MappingTable, std::less<>>;

// A mistake in the text is a UserError with its line. What the text says is not verified
// (ir/verify.h).
Program parse(Context& context, std::string_view text, const MappingTables& tables = {});

}  // namespace hidet
