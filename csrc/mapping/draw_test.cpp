#include "mapping/draw.h"

#include <gtest/gtest.h>

#include "mapping/text.h"

namespace hidet {
namespace {

int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Draw, OneCellATaskOneColourAWorker) {
  const std::string svg = draw_svg(parse_task_mapping("repeat(4, 1) * spatial(4, 8)"));
  EXPECT_EQ(occurrences(svg, "class=\"cell\""), 16 * 8);
  EXPECT_EQ(occurrences(svg, ">w31<"), 4);
  EXPECT_EQ(occurrences(svg, "class=\"local\">3<"), 32);
  EXPECT_NE(svg.find("repeat(4, 1) * spatial(4, 8) (workers: 32, tasks of each: 4)<"),
            std::string::npos);
  EXPECT_EQ(svg.rfind("<svg xmlns=", 0), 0u);
  EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
  EXPECT_EQ(svg, draw_svg(parse_task_mapping("repeat(4, 1) * spatial(4, 8)")));
}

// The cell of task (row, column) shows the worker that does it.
TEST(Draw, CellsAreAtTheirTask) {
  const std::string svg = draw_svg(spatial<int64_t>({2, 3}, {1, 0}));
  std::string workers;
  for (size_t at = svg.find("class=\"worker\">w"); at != std::string::npos;
       at = svg.find("class=\"worker\">w", at + 1)) {
    workers += svg[at + 16];
  }
  EXPECT_EQ(workers, "024135");
}

TEST(Draw, LineAndReplicas) {
  const std::string svg = draw_svg(spatial(8) * replicate(4));
  EXPECT_EQ(occurrences(svg, "class=\"cell\""), 8);
  EXPECT_NE(svg.find("(workers: 32, tasks of each: 1, replicas: 4)"), std::string::npos);
}

TEST(Draw, RefusesWhatCannotBeSeen) {
  EXPECT_THROW(draw_svg(spatial(2, 2, 2)), UserError);
  EXPECT_THROW(draw_svg(replicate(4)), UserError);
  EXPECT_THROW(draw_svg(spatial(4096, 4096)), UserError);
  EXPECT_THROW(worker_table(spatial(4096, 4096)), UserError);
  EXPECT_THROW(worker_table(replicate(4)), UserError);
}

TEST(Draw, WorkerTable) {
  EXPECT_EQ(worker_table(repeat(2, 1) * spatial(1, 3)),
            "repeat(2, 1) * spatial(1, 3)\n"
            "worker  tasks\n"
            "     0  (0,0) (1,0)\n"
            "     1  (0,1) (1,1)\n"
            "     2  (0,2) (1,2)\n");
}

}  // namespace
}  // namespace hidet
