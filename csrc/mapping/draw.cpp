#include "mapping/draw.h"

#include <algorithm>

#include "mapping/owner.h"

namespace hidet {

namespace {

// A larger picture is no help to anybody, and would take gigabytes.
constexpr int64_t kMostTasks = 1 << 18;

constexpr int kMargin = 36;
constexpr int kCellHeight = 30;
constexpr int kCharacterWidth = 8;

void require_drawable(const TaskMapping<int64_t>& mapping) {
  int64_t entries = index_mul(mapping.workers(), mapping.local_size());
  HIDET_REQUIRE(entries <= kMostTasks, "{} has {} tasks over all workers; at most {} are shown",
                mapping.to_string(), entries, kMostTasks);
}

// Neighbouring numbers get hues far from each other (golden angle); lightness varies so that many
// workers stay apart. Light enough for black text.
std::string colour_of(int64_t worker) {
  const int64_t hue = worker * 137 % 360;
  const int64_t lightness = 72 + worker * 7 % 4 * 5;
  return hidet::format("hsl({},70%,{}%)", hue, lightness);
}

int digits_of(int64_t largest) {
  return static_cast<int>(std::to_string(largest).size());
}

std::string text_element(int64_t x, int64_t y, const char* style, const std::string& text) {
  return hidet::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", x, y, style, text);
}

}  // namespace

std::string draw_svg(const TaskMapping<int64_t>& mapping) {
  HIDET_REQUIRE(mapping.rank() == 1 || mapping.rank() == 2,
                "only mappings with 1 or 2 axes can be drawn, {} has {}; its worker table can be "
                "printed",
                mapping.to_string(), mapping.rank());
  require_drawable(mapping);
  const std::vector<int64_t> shape = mapping.task_shape();
  const bool is_row = shape.size() == 1;
  const int64_t rows = is_row ? 1 : shape[0], columns = shape.back();
  const bool several = mapping.local_size() > 1;
  const int widest = std::max(digits_of(mapping.workers()) + 1, digits_of(mapping.local_size()));
  const int64_t cell_width = std::max(kCellHeight, kCharacterWidth * (widest + 1));
  const std::string title = hidet::format(
      "{} (workers: {}, tasks of each: {}{})", mapping.to_string(), mapping.workers(),
      mapping.local_size(),
      mapping.replication() > 1 ? hidet::format(", replicas: {}", mapping.replication())
                                : std::string());
  const int64_t top = 2 * kMargin;
  const int64_t width = std::max<int64_t>(columns * cell_width,
                                          static_cast<int64_t>(title.size()) * kCharacterWidth) +
                        2 * kMargin;
  const int64_t height = top + rows * kCellHeight + kMargin;

  std::string svg = hidet::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\">\n"
      "<style>text{{font-family:monospace;text-anchor:middle;dominant-baseline:central}}"
      ".title{{font-size:13px;text-anchor:start}}.axis{{font-size:10px;fill:#666}}"
      ".worker{{font-size:12px}}.local{{font-size:9px;fill:#333}}"
      "rect.cell{{stroke:#444;stroke-width:0.5}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
  svg += text_element(kMargin, kMargin / 2, "title", title);
  for (int64_t column = 0; column < columns; ++column) {
    svg += text_element(kMargin + column * cell_width + cell_width / 2, top - 10, "axis",
                        std::to_string(column));
  }
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t y = top + row * kCellHeight;
    if (!is_row) {
      svg += text_element(kMargin / 2, y + kCellHeight / 2, "axis", std::to_string(row));
    }
    for (int64_t column = 0; column < columns; ++column) {
      const auto task = is_row ? std::vector<int64_t>{column} : std::vector<int64_t>{row, column};
      const Owner<int64_t> owner = owner_of(mapping, task);
      const int64_t x = kMargin + column * cell_width, middle = x + cell_width / 2;
      svg += hidet::format(
          "<rect class=\"cell\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", x, y,
          cell_width, kCellHeight, colour_of(owner.worker));
      const int64_t worker_y = several ? y + 11 : y + kCellHeight / 2;
      svg += text_element(middle, worker_y, "worker", hidet::format("w{}", owner.worker));
      if (several) {
        svg += text_element(middle, y + 23, "local",
                            std::to_string(mapping.local_index(owner.repeats)));
      }
    }
  }
  return svg + "</svg>\n";
}

std::string worker_table(const TaskMapping<int64_t>& mapping) {
  HIDET_REQUIRE(mapping.rank() >= 1, "{} has no rank: compose it, or write replicate(n, rank r)",
                mapping.to_string());
  require_drawable(mapping);
  const int digits = digits_of(mapping.workers() - 1);
  std::string text =
      hidet::format("{}\n{:>{}}  tasks\n", mapping.to_string(), "worker", std::max(digits, 6));
  for (int64_t worker = 0; worker < mapping.workers(); ++worker) {
    text += hidet::format("{:>{}} ", worker, std::max(digits, 6));
    for (const std::vector<int64_t>& task : mapping.tasks(worker)) {
      text += " (";
      for (size_t axis = 0; axis < task.size(); ++axis) {
        text += hidet::format("{}{}", axis > 0 ? "," : "", task[axis]);
      }
      text += ")";
    }
    text += "\n";
  }
  return text;
}

}  // namespace hidet
