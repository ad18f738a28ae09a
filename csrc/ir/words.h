// The words of the textual form: enumerators by name, and the names that nothing else may have.
#pragma once

#include <optional>
#include <string_view>

#include "ir/program.h"

namespace hidet {

std::string_view name_of(ForKind kind);
std::string_view name_of(WorkerScope scope);
std::string_view name_of(Transport transport);
std::string_view name_of(ReduceKind kind);
std::string_view name_of(AsyncKind kind);
std::string_view name_of(SiteKind kind);
std::string_view name_of(Level level);

// The enumerator of that name.
template <class Enum>
std::optional<Enum> find_word(std::string_view word);

std::optional<DType> find_dtype(std::string_view word);

// Whether a variable or buffer may not be called so: keywords, functions, element types.
bool is_reserved(std::string_view word);

}  // namespace hidet
