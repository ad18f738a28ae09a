#include "runtime/cuda_stream.h"

#include <cstring>

#include "base/error.h"

namespace hidet {

namespace {

uint64_t address_of(const void* memory) {
  return reinterpret_cast<uintptr_t>(memory);
}

}  // namespace

CudaStream::CudaStream(Device device, Host& host) : device_(device) {
  const auto driver = CudaDriver::open();
  if (!driver) HIDET_USER_ERROR(runtime, "{} cannot be used: {}", name_of(device), driver.reason());
  const auto context = (*driver)->primary_context(device.index);
  if (!context)
    HIDET_USER_ERROR(runtime, "{} cannot be used: {}", name_of(device), context.reason());
  driver_ = *driver;
  context_ = *context;
  stream_ = static_cast<CudaStreamHandle>(host.current_stream(device));
}

template <class Call>
void CudaStream::make(const char* what, Call&& call) const {
  const CudaContextScope scope(driver_->functions(), context_);
  int error = scope.error();
  if (!error) error = call(driver_->functions());
  if (error)
    HIDET_USER_ERROR(runtime, "{} on {} failed: {}", what, name_of(device_),
                     driver_->error_text(error));
}

bool CudaStream::capturing() const {
  int status = 0;
  make("the look at a stream",
       [&](const CudaFunctions& cuda) { return cuda.stream_capturing(stream_, &status); });
  return status != 0;
}

void CudaStream::zero(void* memory, size_t bytes) const {
  make("the zeroing of memory", [&](const CudaFunctions& cuda) {
    return cuda.set_bytes(address_of(memory), 0, bytes, stream_);
  });
}

void CudaStream::set(void* memory, const void* value, int bytes) const {
  HIDET_ASSERT(bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8, "{} bytes", bytes);
  make("the setting of a number", [&](const CudaFunctions& cuda) {
    const uint64_t to = address_of(memory);
    uint32_t words[2] = {};
    std::memcpy(words, value, static_cast<size_t>(bytes));
    if (bytes == 1) return cuda.set_bytes(to, static_cast<unsigned char>(words[0]), 1, stream_);
    if (bytes == 2) return cuda.set_halves(to, static_cast<unsigned short>(words[0]), 1, stream_);
    const int error = cuda.set_words(to, words[0], 1, stream_);
    return error || bytes == 4 ? error : cuda.set_words(to + 4, words[1], 1, stream_);
  });
}

void CudaStream::copy(void* to, const void* from, size_t bytes) const {
  make("a copy", [&](const CudaFunctions& cuda) {
    return cuda.copy_bytes(address_of(to), address_of(from), bytes, stream_);
  });
}

void CudaStream::synchronize_device() const {
  make("waiting", [](const CudaFunctions& cuda) { return cuda.context_synchronize(); });
}

}  // namespace hidet
