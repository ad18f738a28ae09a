// Task mappings and layouts as text.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mapping/layout.h"
#include "mapping/task_mapping.h"

namespace hidet {

// A table that a text may name: its arguments -> the mapping.
using TableFactory = std::function<TaskMapping<int64_t>(const std::vector<int64_t>& arguments)>;
using TableFactories = std::map<std::string, TableFactory, std::less<>>;

// Products of `spatial(4, 8)`, `repeat(4, 1, order 1 0)`, `replicate(4)`, `replicate(4, rank 2)`
// and the given tables: parse_task_mapping(m.to_string()) == m. A mistake in the text is a
// UserError that shows where it is.
TaskMapping<int64_t> parse_task_mapping(std::string_view text, const TableFactories& tables = {});

// `row_major(4, 8)`; else for each axis its extent and its modes as extent@stride, outermost first:
// `layout(5: 5@48, 100: 3@240 48@1) offset 7 swizzle 2 3 3`.
std::string to_string(const Layout<int64_t>& layout);
Layout<int64_t> parse_layout(std::string_view text);

}  // namespace hidet
