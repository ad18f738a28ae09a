// The textual form of graphs. Values are numbered by first appearance, so that the text depends on
// the graph's structure only. print(parse_graph(t)) == t for every t that print() made.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace hidet {

// print(const Graph&) is declared in graph.h.

// Exact: equal text means equal attributes. `name_value` prints a tensor; absent: "%<id>".
std::string text_of(const Attribute& attribute,
                    const std::function<std::string(ValueId)>& name_value = {});

// Reads what print() writes. Left out may be: `argument` lines (then the inputs are the arguments,
// in order), `by`, `hint` and names. UserError otherwise.
Graph parse_graph(std::string_view text);

}  // namespace hidet
