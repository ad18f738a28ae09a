// The laws of task mappings, exhaustively over small shapes.
#include "mapping/task_mapping.h"

#include <gtest/gtest.h>

#include <map>

#include "mapping/lift.h"
#include "mapping/owner.h"

namespace hidet {
namespace {

using Mapping64 = TaskMapping<int64_t>;
using Task = std::vector<int64_t>;

// All factors of rank 2 with extents up to 3, in both orders, and some replicas.
std::vector<Mapping64> small_factors() {
  std::vector<Mapping64> factors{replicate(1), replicate(3), replicate(2, 2)};
  for (int64_t rows = 1; rows <= 3; ++rows) {
    for (int64_t columns = 1; columns <= 3; ++columns) {
      for (const std::vector<int>& order : {std::vector<int>{0, 1}, std::vector<int>{1, 0}}) {
        factors.push_back(spatial<int64_t>({rows, columns}, order));
        factors.push_back(repeat<int64_t>({rows, columns}, order));
      }
    }
  }
  return factors;
}

// A worker's tasks by the definition of composition, from those of the two sides.
std::vector<Task> composed_tasks(const Mapping64& f, const Mapping64& g, int64_t worker) {
  std::vector<Task> result;
  for (const Task& outer : f.tasks(worker / g.workers())) {
    for (const Task& inner : g.tasks(worker % g.workers())) {
      const Task shape = g.task_shape();
      const size_t rank = std::max(outer.size(), inner.size());
      Task task(rank, 0);
      for (size_t axis = 0; axis < rank; ++axis) {
        if (axis < outer.size()) task[axis] = outer[axis];
        if (axis < inner.size()) task[axis] = task[axis] * shape[axis] + inner[axis];
      }
      result.push_back(task);
    }
  }
  return result;
}

void expect_covers_each_task(const Mapping64& mapping) {
  std::map<Task, int64_t> count;
  for (int64_t worker = 0; worker < mapping.workers(); ++worker) {
    for (const Task& task : mapping.tasks(worker)) ++count[task];
  }
  int64_t tasks = 1;
  for (int64_t extent : mapping.task_shape()) tasks *= extent;
  EXPECT_EQ(static_cast<int64_t>(count.size()), tasks) << mapping.to_string();
  for (const auto& [task, times] : count) {
    EXPECT_EQ(times, mapping.replication()) << mapping.to_string();
    for (size_t axis = 0; axis < task.size(); ++axis) {
      EXPECT_LT(task[axis], mapping.task_shape()[axis]) << mapping.to_string();
    }
  }
  EXPECT_EQ(tasks * mapping.replication(), mapping.workers() * mapping.local_size());
}

// owner_of inverts task(); workers that share a task differ from its owner in replica digits only.
void expect_owners(const Mapping64& mapping) {
  std::map<Task, std::pair<int64_t, int64_t>> first;
  for (int64_t worker = 0; worker < mapping.workers(); ++worker) {
    const auto tasks = mapping.tasks(worker);
    for (size_t local = 0; local < tasks.size(); ++local) {
      first.try_emplace(tasks[local], worker, static_cast<int64_t>(local));
    }
  }
  for (const auto& [task, place] : first) {
    const Owner<int64_t> owner = owner_of(mapping, task);
    EXPECT_EQ(owner.worker, place.first) << mapping.to_string();
    EXPECT_EQ(mapping.local_index(owner.repeats), place.second) << mapping.to_string();
    EXPECT_EQ(mapping.task(owner.worker, owner.repeats), task) << mapping.to_string();
  }
}

TEST(TaskMapping, CompositionFollowsItsDefinition) {
  for (const Mapping64& f : small_factors()) {
    for (const Mapping64& g : small_factors()) {
      const Mapping64 product = f * g;
      ASSERT_EQ(product.workers(), f.workers() * g.workers());
      if (f.rank() == 2 && g.rank() == 2) {
        for (int axis = 0; axis < 2; ++axis) {
          ASSERT_EQ(product.task_shape()[axis], f.task_shape()[axis] * g.task_shape()[axis]);
        }
      }
      for (int64_t worker = 0; worker < product.workers(); ++worker) {
        ASSERT_EQ(product.tasks(worker), composed_tasks(f, g, worker)) << product.to_string();
      }
    }
  }
}

TEST(TaskMapping, EachTaskIsCoveredReplicationTimes) {
  for (const Mapping64& f : small_factors()) {
    for (const Mapping64& g : small_factors()) {
      const Mapping64 product = f * g;
      if (product.rank() == 0) continue;
      expect_covers_each_task(product);
      expect_owners(product);
    }
  }
}

TEST(TaskMapping, CompositionIsAssociative) {
  const std::vector<Mapping64> factors = small_factors();
  for (size_t i = 0; i < factors.size(); ++i) {
    for (size_t j = 0; j < factors.size(); j += 3) {
      for (size_t k = 0; k < factors.size(); k += 2) {
        const Mapping64 left = (factors[i] * factors[j]) * factors[k];
        const Mapping64 right = factors[i] * (factors[j] * factors[k]);
        ASSERT_EQ(left, right);
        ASSERT_TRUE(left.rank() == 0 || equivalent(left, right));
      }
    }
  }
}

TEST(TaskMapping, RepeatOfOneIsTheUnit) {
  for (const Mapping64& f : small_factors()) {
    for (const Mapping64& unit : {repeat(1, 1), spatial(1, 1)}) {
      ASSERT_TRUE(equivalent(unit * f, f * unit));
      if (f.rank() == 0 || f.factors()[0].is_unit()) continue;
      ASSERT_EQ(unit * f, f);
      ASSERT_EQ(f * unit, f);
    }
    ASSERT_EQ(f * Mapping64(), f);
    ASSERT_EQ(Mapping64() * f, f);
  }
}

TEST(TaskMapping, TasksAreInOrder) {
  EXPECT_EQ(spatial<int64_t>({2, 3}).tasks(4), (std::vector<Task>{{1, 1}}));
  EXPECT_EQ(spatial<int64_t>({2, 3}, {1, 0}).tasks(4), (std::vector<Task>{{0, 2}}));
  EXPECT_EQ(repeat<int64_t>({2, 2}).tasks(0), (std::vector<Task>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
  EXPECT_EQ(repeat<int64_t>({2, 2}, {1, 0}).tasks(0),
            (std::vector<Task>{{0, 0}, {1, 0}, {0, 1}, {1, 1}}));
  EXPECT_EQ((repeat(4, 1) * spatial(16, 8)).tasks(9),
            (std::vector<Task>{{1, 1}, {17, 1}, {33, 1}, {49, 1}}));
}

TEST(TaskMapping, RankThreeAndOne) {
  const Mapping64 mapping =
      spatial<int64_t>({2, 1, 3}, {2, 0, 1}) * repeat<int64_t>({2, 3, 1}, {1, 2, 0}) * replicate(2);
  EXPECT_EQ(mapping.task_shape(), (Task{4, 3, 3}));
  expect_covers_each_task(mapping);
  expect_owners(mapping);
  const Mapping64 line = spatial(4) * repeat(2) * spatial(8) * replicate(4);
  EXPECT_EQ(line.task_shape(), (Task{64}));
  EXPECT_EQ(line.workers(), 128);
  expect_covers_each_task(line);
  expect_owners(line);
}

TEST(TaskMapping, LocalIndexCountsTasksInOrder) {
  const Mapping64 mapping = repeat<int64_t>({2, 3}, {1, 0}) * spatial(2, 2) * repeat(1, 4);
  EXPECT_EQ(mapping.repeat_extents(), (Task{3, 2, 4}));
  EXPECT_EQ(mapping.local_shape(), mapping.repeat_extents());
  const auto tasks = mapping.tasks(3);
  for (size_t local = 0; local < tasks.size(); ++local) {
    EXPECT_EQ(mapping.local_index(owner_of(mapping, tasks[local]).repeats),
              static_cast<int64_t>(local));
  }
}

TEST(TaskMapping, BoundsAreThoseThatConstantsDoNotProve) {
  const Mapping64 mapping = spatial(4, 8) * repeat(2, 1);
  const auto bounds = mapping.in_bounds({5, 3}, {7, 8});
  ASSERT_EQ(bounds.size(), 1u);
  EXPECT_EQ(bounds[0].index, 5);
  EXPECT_EQ(bounds[0].extent, 7);
  // Exactly the tasks of the smaller domain pass, each once.
  std::map<Task, int> count;
  for (int64_t worker = 0; worker < mapping.workers(); ++worker) {
    for (const Task& task : mapping.tasks(worker)) {
      bool inside = true;
      for (const auto& bound : mapping.in_bounds(task, {7, 5})) {
        inside = inside && bound.index < bound.extent;
      }
      if (inside) ++count[task];
    }
  }
  EXPECT_EQ(count.size(), 35u);
  EXPECT_EQ(count.rbegin()->first, (Task{6, 4}));
}

// Blocks in groups of rows, columns first inside a group, the last group smaller.
Mapping64 rasterized(int64_t rows, int64_t columns, int64_t group) {
  return table<int64_t>(hidet::format("rasterized({}, {}, {})", rows, columns, group),
                        {rows, columns}, [=](const int64_t& worker) {
                          const int64_t first = worker / (group * columns) * group;
                          const int64_t height = std::min(group, rows - first);
                          const int64_t inside = worker % (group * columns);
                          return Task{first + inside % height, inside / height};
                        });
}

TEST(TaskMapping, TableIsABijectionAndComposes) {
  for (int64_t rows = 1; rows <= 5; ++rows) {
    for (int64_t columns = 1; columns <= 4; ++columns) {
      for (int64_t group = 1; group <= 3; ++group) {
        const Mapping64 mapping = rasterized(rows, columns, group);
        expect_covers_each_task(mapping);
        expect_owners(mapping);
        const Mapping64 composed = spatial(2, 1) * mapping * repeat(1, 2) * replicate(2);
        expect_covers_each_task(composed);
        expect_owners(composed);
      }
    }
  }
  // Where the groups divide, it is a product of spatial factors.
  EXPECT_TRUE(equivalent(rasterized(6, 4, 2), spatial(3, 1) * spatial<int64_t>({2, 4}, {1, 0})));
  EXPECT_EQ(rasterized(6, 4, 2), rasterized(6, 4, 2));
  EXPECT_FALSE(rasterized(6, 4, 2) == rasterized(6, 4, 3));
}

TEST(TaskMapping, MistakesOfTheUser) {
  EXPECT_THROW(spatial(4) * spatial(4, 4), UserError);
  EXPECT_THROW(spatial(0, 4), UserError);
  EXPECT_THROW(spatial<int64_t>({2, 2}, {0, 0}), UserError);
  EXPECT_THROW(spatial<int64_t>({2, 2}, {0}), UserError);
  EXPECT_THROW(spatial<int64_t>(std::vector<int64_t>{}), UserError);
  EXPECT_THROW(replicate(0), UserError);
  const int64_t huge = int64_t{1} << 40;
  EXPECT_THROW((spatial(huge) * spatial(huge)).workers(), UserError);
}

TEST(TaskMapping, LiftAndBack) {
  const Mapping64 mapping = repeat(2, 1) * spatial<int64_t>({4, 8}, {1, 0}) * replicate(2);
  EXPECT_EQ(lift<int64_t>(mapping, 0), mapping);
  EXPECT_EQ(constant_mapping(mapping), mapping);
  EXPECT_FALSE(constant_mapping(rasterized(4, 4, 2)).has_value());
}

}  // namespace
}  // namespace hidet
