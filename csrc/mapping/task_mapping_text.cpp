#include "mapping/text.h"
#include "mapping/text_scanner.h"

namespace hidet {

namespace {

constexpr int kMostAxes = 64;

int small_number(TextScanner& scanner, const char* what) {
  const int64_t number = scanner.number();
  if (number >= kMostAxes) scanner.fail(hidet::format("{} is no {}", number, what));
  return static_cast<int>(number);
}

TaskMapping<int64_t> parse_factor(TextScanner& scanner, const TableFactories& tables) {
  const std::string name = scanner.word();
  const auto table = tables.find(name);
  const bool ordered = name == "spatial" || name == "repeat";
  const bool replicated = name == "replicate";
  if (!ordered && !replicated && table == tables.end()) {
    scanner.fail(hidet::format("'{}' is none of spatial, repeat, replicate", name));
  }
  scanner.expect("(");
  std::vector<int64_t> numbers{scanner.number()};
  std::vector<int> order;
  int rank = 0;
  while (scanner.take(",")) {
    if (scanner.at_number()) {
      numbers.push_back(scanner.number());
    } else if (ordered) {
      scanner.expect("order");
      while (scanner.at_number()) order.push_back(small_number(scanner, "axis"));
      if (order.size() != numbers.size()) {
        scanner.fail(hidet::format("an order of {} axes for {}", order.size(), numbers.size()));
      }
      break;
    } else if (replicated) {
      scanner.expect("rank");
      rank = small_number(scanner, "rank");
      break;
    } else {
      scanner.fail("expected a number");
    }
  }
  scanner.expect(")");
  if (name == "spatial") return spatial<int64_t>(numbers, order);
  if (name == "repeat") return repeat<int64_t>(numbers, order);
  if (table != tables.end()) return table->second(numbers);
  HIDET_REQUIRE(numbers.size() == 1, "replicate takes one number of workers, not {}",
                numbers.size());
  return replicate(numbers[0], rank);
}

}  // namespace

TaskMapping<int64_t> parse_task_mapping(std::string_view text, const TableFactories& tables) {
  TextScanner scanner(text);
  TaskMapping<int64_t> mapping = parse_factor(scanner, tables);
  while (scanner.take("*")) mapping = mapping * parse_factor(scanner, tables);
  scanner.expect_end();
  // Throws where a mapping is too large to be counted.
  mapping.workers();
  mapping.task_shape();
  mapping.local_size();
  return mapping;
}

}  // namespace hidet
