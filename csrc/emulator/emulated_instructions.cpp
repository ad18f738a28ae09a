#include "emulator/emulated_instructions.h"

#include "emulator/running_block.h"

namespace hidet {

namespace {

uint32_t shared_address(const void* shared, const void* site) {
  return RunningBlock::current().shared_offset(shared, site);
}

}  // namespace

const EmulatedInstructions& emulated_instructions() {
  static const EmulatedInstructions table = {
      .shared_address = shared_address,
      .product = emulate_product,
      .load_matrices = emulate_load_matrices,
      .copy = emulate_copy,
      .commit_copies = emulate_commit_copies,
      .wait_copies = emulate_wait_copies,
      .init_barrier = emulate_init_barrier,
      .fence_barriers = emulate_fence_barriers,
      .arrive = emulate_arrive,
      .arrive_and_expect = emulate_arrive_and_expect,
      .is_over = emulate_is_over,
      .wait_barrier = emulate_wait_barrier,
      .load_box = emulate_load_box,
      .fence_async_proxy = emulate_fence_async_proxy,
      .group_product = emulate_group_product,
      .fence_products = emulate_fence_products,
      .commit_products = emulate_commit_products,
      .wait_products = emulate_wait_products,
      .elect_one = emulate_elect_one,
      .set_registers = emulate_set_registers,
  };
  return table;
}

}  // namespace hidet
