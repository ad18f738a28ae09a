// point_of_space: the point of a schedule space that is asked for by what it prints as.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace hidet {

template <class Params>
std::optional<Params> find_point(const std::vector<Params>& space, const std::string& text) {
  for (const Params& point : space)
    if (point.to_string() == text) return point;
  return std::nullopt;
}

// UserError: the space has no such point.
template <class Params>
Params point_of_space(const std::vector<Params>& space, const std::string& text) {
  if (const auto point = find_point(space, text)) return *point;
  HIDET_USER_ERROR(value, "no point of the schedule space is '{}'; one of its {} is '{}'", text,
                   space.size(), space.empty() ? "" : space.front().to_string());
}

template <class Params>
std::vector<std::string> texts_of_space(const std::vector<Params>& space) {
  std::vector<std::string> texts;
  for (const Params& point : space) texts.push_back(point.to_string());
  return texts;
}

}  // namespace hidet
