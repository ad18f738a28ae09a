// GroupProducts: the asynchronous products of one warpgroup. They are done when they are waited
// for, or sooner; the registers of their sums hold nothing until the wait.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <string>

#include "emulator/group_product.h"

namespace hidet {

// Operations return why they are an error; empty where they are none.
class GroupProducts {
 public:
  // What is read of sums that are not there yet: a NaN of these bits.
  static constexpr uint32_t kNotThere = 0x7fc5a5a5;

  // wgmma.fence: registers written before are seen by products that follow.
  void fence() { is_fenced_ = true; }
  // `blocks`: how it reads shared memory, later than this; `is_done_now`: at once, after those
  // before it.
  std::string issue(const GroupProductOperands& operands, const std::array<float*, 128>& sums,
                    bool is_done_now, SharedBlocks blocks);
  // Ends a group; the first is number 0.
  void commit() { ++group_; }
  int open_group() const { return group_; }
  // For all but the `leaving` youngest groups.
  std::string wait(int leaving);
  bool is_idle() const { return products_.empty(); }

 private:
  struct Product {
    GroupProductOperands operands;
    SharedBlocks blocks;
    float* key;
    int group;
    bool is_done;
  };
  // The sums of a chain of products, while it goes on.
  struct Sums {
    std::array<float*, 128> registers;
    int count = 0;  // of a thread
    std::vector<float> values;
    int under_way = 0;
  };
  static std::array<float*, 128> stored(Sums& sums);
  void perform(Product& product);

  bool is_fenced_ = false;
  int group_ = 0;  // that is open
  std::deque<Product> products_;
  std::map<float*, Sums> sums_;  // under way, by the first thread's registers
  std::map<float*, Sums> left_;  // as the last wait left them
};

}  // namespace hidet
