// DeviceKernel: a kernel in the form of a CUDA launch, whoever runs it: a GPU, or an emulator.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "runtime/host.h"
#include "runtime/kernel_record.h"

namespace hidet {

// A launch of a record with its sizes known.
struct DeviceLaunch {
  Device device;  // of the buffers
  int64_t grid[3] = {1, 1, 1};
  int threads = 1;  // of a block
  int64_t shared_bytes = 0;
  std::span<void* const> buffers;         // data pointers of the buffer arguments, in order
  std::span<const int64_t> buffer_bytes;  // from the pointer on, parallel to them
  std::span<const int64_t> sizes;         // the values of all other arguments, in order
};

class DeviceKernel {
 public:
  virtual ~DeviceKernel() = default;
  // Makes launches on the device possible, so that none of them has to load anything. UserError:
  // they are not.
  virtual void load([[maybe_unused]] const KernelRecord& record,
                    [[maybe_unused]] Device device) const {}
  // The status that the kernel reports, 0 where it reports nothing. UserError: the launch cannot be
  // made here.
  virtual int32_t launch(const KernelRecord& record, const DeviceLaunch& launch,
                         Host& host) const = 0;
  // What memory that nobody has written is to hold, so that the kernel notices reads of it, word by
  // word; 0: it does not look.
  virtual uint32_t unwritten_word() const { return 0; }
};

}  // namespace hidet
