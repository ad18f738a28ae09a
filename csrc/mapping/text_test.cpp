// parse(print(x)) == x, and the errors of a text that is none.
#include "mapping/text.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

TEST(TaskMappingText, PrintsAsItIsWritten) {
  for (const char* text : {
           "repeat(4, 1) * spatial(16, 8)",
           "spatial(4, 8, order 1 0)",
           "replicate(4)",
           "replicate(4, rank 2)",
           "replicate(4, rank 2) * replicate(2)",
           "spatial(4) * repeat(2) * spatial(8) * replicate(4)",
           "repeat(2, 3, 4, order 2 0 1) * spatial(1, 1, 5)",
           "repeat(1, 1)",
       }) {
    const TaskMapping<int64_t> mapping = parse_task_mapping(text);
    EXPECT_EQ(mapping.to_string(), text);
    EXPECT_EQ(parse_task_mapping(mapping.to_string()), mapping);
  }
  EXPECT_EQ(parse_task_mapping("  repeat(4,1)*spatial( 16 ,8 )\n").to_string(),
            "repeat(4, 1) * spatial(16, 8)");
}

TEST(TaskMappingText, ReadsTablesByName) {
  const TableFactories tables{
      {"reversed", [](const std::vector<int64_t>& arguments) {
         const int64_t count = arguments.at(0);
         return table<int64_t>(
             hidet::format("reversed({})", count), {count},
             [=](const int64_t& worker) { return std::vector<int64_t>{count - 1 - worker}; });
       }}};
  const auto mapping = parse_task_mapping("spatial(2) * reversed(3)", tables);
  EXPECT_EQ(mapping.tasks(3)[0][0], 5);
  EXPECT_EQ(parse_task_mapping(mapping.to_string(), tables), mapping);
  EXPECT_THROW(parse_task_mapping("spatial(2) * reversed(3)"), UserError);
}

TEST(TaskMappingText, RefusesOtherTexts) {
  for (const char* text : {"",
                           "spatial",
                           "spatial(",
                           "spatial()",
                           "spatial(4",
                           "spatial(4,)",
                           "spatial(-1)",
                           "spatial(0)",
                           "spatial(4) *",
                           "spatial(4) spatial(4)",
                           "spatial(4) * repeat(2, 2)",
                           "spatial(2, 2, order 0)",
                           "spatial(2, 2, order 0 0)",
                           "spatial(2, 2, order 0 2)",
                           "spatial(2, 2, order 4294967296 0)",
                           "spatial(2 order 0)",
                           "repeat(4, rank 1)",
                           "replicate(2, 2)",
                           "replicate(2, order 0)",
                           "replicate(2, rank 99)",
                           "spatially(4)",
                           "spatial(99999999999999999999)",
                           "spatial(4000000000) * spatial(4000000000)",
                           "repeat(4000000000, 4000000000)",
                           "spatial(4) + spatial(2)",
                           "order(4)"}) {
    EXPECT_THROW(parse_task_mapping(text), UserError) << text;
  }
  try {
    parse_task_mapping("spatial(4) * repaet(2)");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(std::string(error.what()),
              "'repaet' is none of spatial, repeat, replicate at column 20 of \"spatial(4) * "
              "repaet(2)\"");
  }
}

TEST(LayoutText, PrintsAsItIsWritten) {
  for (const char* text : {
           "row_major(4, 8)",
           "row_major(7)",
           "row_major(4, 8) offset 3",
           "row_major(128, 32) swizzle 2 3 3",
           "layout(5: 5@48, 100: 3@240 48@1)",
           "layout(5: 5@48, 100: 3@240 48@1) offset 7 swizzle 3 3 4",
           "layout(4: 4@0, 1:)",
           "layout()",
       }) {
    const Layout<int64_t> layout = parse_layout(text);
    EXPECT_EQ(to_string(layout), text);
    EXPECT_EQ(parse_layout(to_string(layout)), layout);
  }
  EXPECT_EQ(to_string(packed_panels<int64_t>(5, 100, 48)), "layout(5: 5@48, 100: 3@240 48@1)");
  EXPECT_EQ(to_string(Layout<int64_t>::scalar(0)), "layout()");
}

TEST(LayoutText, RefusesOtherTexts) {
  for (const char* text :
       {"", "layout", "layout(4)", "layout(4: 2@1)", "layout(4: 4@)", "layout(4: 4@-1)",
        "row_major()", "row_major(4,)", "row_major(4: 4@1)", "row_major(4) swizzle 2 3",
        "row_major(4) swizzle 3 3 2", "row_major(4) swizzle 3 60 60", "row_major(4) offset",
        "row_major(4) offset 1 offset 2", "layout(4: 9000000000000000000@1 4@1)"}) {
    EXPECT_THROW(parse_layout(text), UserError) << text;
  }
}

}  // namespace
}  // namespace hidet
