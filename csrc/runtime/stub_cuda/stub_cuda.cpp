#include "stub_cuda.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <vector>

#include "runtime/cubin.h"
#include "runtime/cuda_api.h"

#define EXPORTED extern "C" __attribute__((visibility("default")))
#ifdef HIDET_STUB_CUDA_OLD
#define EXPORTED_SINCE_12 extern "C"
#else
#define EXPORTED_SINCE_12 EXPORTED
#endif

using namespace hidet;

// The handles of the interface point to these.
struct hidet::CudaContextOpaque {
  int device;
};
struct hidet::CudaFunctionOpaque {
  CubinKernel kernel;
  int dynamic_shared;  // allowed
};
struct hidet::CudaModuleOpaque {
  int number;
  std::map<std::string, CudaFunctionOpaque> functions;
};

namespace {

constexpr int kMostDevices = 8;
constexpr int kSharedWithoutRequest = 48 << 10;

struct Failure {
  int error = 0;
  int successes = 0;
};

struct State {
  std::mutex mutex;
  bool started = false, capturing = false;
  int devices = 1, major = 9, minor = 0, shared_bytes_of_block = 227 << 10;
  std::map<std::string, Failure> failures;
  std::string log, log_copy, log_file;
  std::map<CudaModuleHandle, std::unique_ptr<CudaModuleOpaque>> modules;
  int modules_loaded = 0;
  CudaContextOpaque contexts[kMostDevices] = {};
};

State& state() {
  static State& instance = *new State;
  return instance;
}

thread_local CudaContextHandle current_context = nullptr;

using Lock = std::lock_guard<std::mutex>;

// The error that the call shall return.
int failure_of(const char* call) {
  const Lock lock(state().mutex);
  auto found = state().failures.find(call);
  if (found == state().failures.end()) return kCudaSuccess;
  return found->second.successes-- > 0 ? kCudaSuccess : found->second.error;
}

void write_line(const std::string& line) {
  state().log += line + "\n";
  if (!state().log_file.empty()) std::ofstream(state().log_file, std::ios::app) << line << "\n";
}

CudaFunctionHandle find_function(CudaFunctionHandle handle) {
  for (auto& [module, contents] : state().modules)
    for (auto& [name, function] : contents->functions)
      if (&function == handle) return handle;
  return nullptr;
}

void read_environment() {
  auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  State& s = state();
  if (auto text = variable("HIDET_STUB_CUDA_DEVICES"); !text.empty()) s.devices = std::stoi(text);
  if (auto text = variable("HIDET_STUB_CUDA_CAPABILITY"); !text.empty()) {
    s.major = std::stoi(text);
    s.minor = std::stoi(text.substr(text.find('.') + 1));
  }
  s.log_file = variable("HIDET_STUB_CUDA_LOG");
  std::istringstream failures(variable("HIDET_STUB_CUDA_FAIL"));
  for (std::string each; std::getline(failures, each, ',');) {
    const size_t equals = each.find('=');
    if (equals != std::string::npos)
      s.failures[each.substr(0, equals)] = {std::stoi(each.substr(equals + 1)), 0};
  }
}

std::string triple(const unsigned* values) {
  return std::to_string(values[0]) + " " + std::to_string(values[1]) + " " +
         std::to_string(values[2]);
}

std::string described(const CudaLaunchConfiguration& launch, const CubinKernel& kernel,
                      void** arguments) {
  std::ostringstream line;
  line << "launch " << kernel.name << " grid " << triple(launch.grid) << " block "
       << triple(launch.block) << " shared " << launch.dynamic_shared << " stream "
       << reinterpret_cast<uintptr_t>(launch.stream) << " device " << current_context->device;
  for (unsigned i = 0; i < launch.attribute_count; ++i) {
    const CudaLaunchAttribute& attribute = launch.attributes[i];
    if (attribute.id == CudaLaunchAttribute::cluster_dimension)
      line << " cluster " << triple(attribute.dimension);
    if (attribute.id == CudaLaunchAttribute::programmatic_serialization && attribute.number)
      line << " programmatic";
    if (attribute.id == CudaLaunchAttribute::cooperative && attribute.number)
      line << " cooperative";
  }
  line << " arguments";
  for (size_t i = 0; i < kernel.parameters.size(); ++i) {
    line << " ";
    const auto* bytes = static_cast<const unsigned char*>(arguments[i]);
    for (int j = 0; j < kernel.parameters[i]; ++j)
      line << "0123456789abcdef"[bytes[j] >> 4] << "0123456789abcdef"[bytes[j] & 15];
  }
  return line.str();
}

bool capturing() {
  const Lock lock(state().mutex);
  return state().capturing;
}

std::string number_of(CudaStreamHandle stream) {
  return std::to_string(reinterpret_cast<uintptr_t>(stream));
}

template <class T>
int set_elements(uint64_t memory, T value, size_t count, CudaStreamHandle stream) {
  if (!current_context) return kCudaInvalidContext;
  std::fill_n(reinterpret_cast<T*>(memory), count, value);
  const Lock lock(state().mutex);
  write_line("set " + std::to_string(count * sizeof(T)) + " bytes to " + std::to_string(value) +
             " stream " + number_of(stream));
  return kCudaSuccess;
}

}  // namespace

#define FAIL_IF_ASKED() \
  if (int asked = failure_of(__func__)) return asked

EXPORTED void stub_cuda_reset() {
  const Lock lock(state().mutex);
  State& s = state();
  s.devices = 1;
  s.major = 9;
  s.minor = 0;
  s.shared_bytes_of_block = 227 << 10;
  s.capturing = false;
  s.failures.clear();
  s.log.clear();
}

EXPORTED void stub_cuda_fail(const char* call, int error, int successes) {
  const Lock lock(state().mutex);
  if (error) {
    state().failures[call] = {error, successes};
  } else {
    state().failures.erase(call);
  }
}

EXPORTED void stub_cuda_capture(bool capturing) {
  const Lock lock(state().mutex);
  state().capturing = capturing;
}

EXPORTED void stub_cuda_devices(int count, int major, int minor, int shared_bytes_of_block) {
  const Lock lock(state().mutex);
  State& s = state();
  s.devices = count;
  s.major = major;
  s.minor = minor;
  s.shared_bytes_of_block = shared_bytes_of_block;
}

EXPORTED const char* stub_cuda_log() {
  const Lock lock(state().mutex);
  state().log_copy = state().log;
  return state().log_copy.c_str();
}

// The driver's names.
// NOLINTBEGIN(readability-identifier-naming)
EXPORTED int cuInit(unsigned) {
  {
    const Lock lock(state().mutex);
    if (!state().started) read_environment();
    state().started = true;
    for (int i = 0; i < kMostDevices; ++i) state().contexts[i].device = i;
  }
  FAIL_IF_ASKED();
  return kCudaSuccess;
}

EXPORTED int cuDriverGetVersion(int* version) {
#ifdef HIDET_STUB_CUDA_OLD
  *version = 11040;
#else
  *version = 13020;
#endif
  return kCudaSuccess;
}

EXPORTED int cuGetErrorName(int error, const char** name) {
  static const std::map<int, const char*> names = {
      {kCudaInvalidValue, "CUDA_ERROR_INVALID_VALUE"},
      {kCudaOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY"},
      {kCudaStubLibrary, "CUDA_ERROR_STUB_LIBRARY"},
      {kCudaNoDevice, "CUDA_ERROR_NO_DEVICE"},
      {kCudaInvalidImage, "CUDA_ERROR_INVALID_IMAGE"},
      {kCudaInvalidContext, "CUDA_ERROR_INVALID_CONTEXT"},
      {kCudaNoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
      {kCudaNotFound, "CUDA_ERROR_NOT_FOUND"},
      {kCudaIllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {kCudaLaunchOutOfResources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
      {kCudaDriverMismatch, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"},
      {kCudaCaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"}};
  const auto found = names.find(error);
  *name = found == names.end() ? nullptr : found->second;
  return found == names.end() ? kCudaInvalidValue : kCudaSuccess;
}

EXPORTED int cuGetErrorString(int error, const char** text) {
  *text = error == kCudaOutOfMemory ? "out of memory" : "an error made by a test";
  return kCudaSuccess;
}

EXPORTED int cuDeviceGetCount(int* count) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  *count = state().devices;
  return kCudaSuccess;
}

EXPORTED int cuDeviceGet(int* device, int index) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  if (index < 0 || index >= state().devices || index >= kMostDevices) return kCudaInvalidValue;
  *device = index;
  return kCudaSuccess;
}

EXPORTED int cuDeviceGetName(char* name, int length, int) {
  std::strncpy(name, "Stub GPU", static_cast<size_t>(length));
  return kCudaSuccess;
}

EXPORTED int cuDeviceGetAttribute(int* value, int attribute, int) {
  const Lock lock(state().mutex);
  const std::map<int, int> values = {{kDeviceClockKilohertz, 1'830'000},
                                     {kDeviceMultiprocessors, 132},
                                     {kDeviceL2Bytes, 50 << 20},
                                     {kDeviceCapabilityMajor, state().major},
                                     {kDeviceCapabilityMinor, state().minor},
                                     {kDeviceSharedBytesOfBlock, state().shared_bytes_of_block}};
  const auto found = values.find(attribute);
  if (found == values.end()) return kCudaInvalidValue;
  *value = found->second;
  return kCudaSuccess;
}

EXPORTED int cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = size_t{80} << 30;
  return kCudaSuccess;
}

EXPORTED int cuDevicePrimaryCtxRetain(CudaContextHandle* context, int device) {
  FAIL_IF_ASKED();
  *context = &state().contexts[device];
  return kCudaSuccess;
}

EXPORTED int cuCtxGetCurrent(CudaContextHandle* context) {
  FAIL_IF_ASKED();
  *context = current_context;
  return kCudaSuccess;
}

EXPORTED int cuCtxSetCurrent(CudaContextHandle context) {
  FAIL_IF_ASKED();
  current_context = context;
  return kCudaSuccess;
}

EXPORTED int cuModuleLoadData(CudaModuleHandle* module, const void* image) {
  FAIL_IF_ASKED();
  if (!current_context) return kCudaInvalidContext;
  if (capturing()) return kCudaCaptureUnsupported;
  const size_t size = size_of_cubin(image);
  const auto kernels = read_cubin({static_cast<const char*>(image), size});
  if (!kernels) return kCudaInvalidImage;
  auto contents = std::make_unique<CudaModuleOpaque>();
  for (const CubinKernel& each : *kernels)
    contents->functions[each.name] = {each, kSharedWithoutRequest - each.static_shared};
  const Lock lock(state().mutex);
  contents->number = state().modules_loaded++;
  *module = contents.get();
  write_line("load " + std::to_string(contents->number));
  state().modules[*module] = std::move(contents);
  return kCudaSuccess;
}

EXPORTED int cuStreamIsCapturing(CudaStreamHandle, int* status) {
  FAIL_IF_ASKED();
  if (!current_context) return kCudaInvalidContext;
  *status = capturing();
  return kCudaSuccess;
}

EXPORTED int cuMemsetD8Async(uint64_t memory, unsigned char value, size_t count,
                             CudaStreamHandle stream) {
  FAIL_IF_ASKED();
  return set_elements(memory, value, count, stream);
}

EXPORTED int cuMemsetD16Async(uint64_t memory, unsigned short value, size_t count,
                              CudaStreamHandle stream) {
  FAIL_IF_ASKED();
  return set_elements(memory, value, count, stream);
}

EXPORTED int cuMemsetD32Async(uint64_t memory, unsigned value, size_t count,
                              CudaStreamHandle stream) {
  FAIL_IF_ASKED();
  return set_elements(memory, value, count, stream);
}

EXPORTED int cuMemcpyAsync(uint64_t to, uint64_t from, size_t count, CudaStreamHandle stream) {
  FAIL_IF_ASKED();
  if (!current_context) return kCudaInvalidContext;
  std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), count);
  const Lock lock(state().mutex);
  write_line("copy " + std::to_string(count) + " bytes stream " + number_of(stream));
  return kCudaSuccess;
}

EXPORTED int cuCtxSynchronize() {
  FAIL_IF_ASKED();
  if (!current_context) return kCudaInvalidContext;
  if (capturing()) return kCudaCaptureUnsupported;
  const Lock lock(state().mutex);
  write_line("synchronize");
  return kCudaSuccess;
}

EXPORTED int cuModuleUnload(CudaModuleHandle module) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  if (!state().modules.contains(module)) return kCudaInvalidHandle;
  write_line("unload " + std::to_string(module->number));
  state().modules.erase(module);
  return kCudaSuccess;
}

EXPORTED int cuModuleGetFunction(CudaFunctionHandle* function, CudaModuleHandle module,
                                 const char* name) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  if (!state().modules.contains(module)) return kCudaInvalidHandle;
  const auto found = module->functions.find(name);
  if (found == module->functions.end()) return kCudaNotFound;
  *function = &found->second;
  return kCudaSuccess;
}

EXPORTED int cuFuncGetAttribute(int* value, int attribute, CudaFunctionHandle function) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  if (!find_function(function)) return kCudaInvalidHandle;
  const CubinKernel& kernel = function->kernel;
  switch (attribute) {
    case kFunctionMaxThreads:
      *value = kernel.max_threads ? kernel.max_threads : 1024;
      break;
    case kFunctionStaticShared:
      *value = kernel.static_shared;
      break;
    case kFunctionLocalBytes:
      *value = kernel.frame_bytes;
      break;
    case kFunctionRegisters:
      *value = kernel.registers;
      break;
    case kFunctionMaxDynamicShared:
      *value = function->dynamic_shared;
      break;
    default:
      return kCudaInvalidValue;
  }
  return kCudaSuccess;
}

EXPORTED int cuFuncSetAttribute(CudaFunctionHandle function, int attribute, int value) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  if (!find_function(function)) return kCudaInvalidHandle;
  if (attribute == kFunctionMaxDynamicShared) {
    if (value + function->kernel.static_shared > state().shared_bytes_of_block)
      return kCudaInvalidValue;
    function->dynamic_shared = value;
  }
  write_line("attribute " + function->kernel.name + " " + std::to_string(attribute) + " " +
             std::to_string(value));
  return kCudaSuccess;
}

EXPORTED int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CudaFunctionHandle function,
                                                         int threads, size_t dynamic_shared) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  if (!find_function(function) || threads <= 0) return kCudaInvalidValue;
  const size_t shared = dynamic_shared + static_cast<size_t>(function->kernel.static_shared);
  *blocks = static_cast<int>(std::min<size_t>(2048 / threads, (228u << 10) / (shared + 1024)));
  return kCudaSuccess;
}

EXPORTED_SINCE_12 int cuLaunchKernelEx(const CudaLaunchConfiguration* launch,
                                       CudaFunctionHandle function, void** arguments,
                                       void** extra) {
  FAIL_IF_ASKED();
  const Lock lock(state().mutex);
  if (!find_function(function)) return kCudaInvalidHandle;
  if (!current_context) return kCudaInvalidContext;
  const unsigned* block = launch->block;
  const unsigned threads = block[0] * block[1] * block[2];
  const auto most =
      static_cast<unsigned>(function->kernel.max_threads ? function->kernel.max_threads : 1024);
  if (extra || threads == 0 || threads > most || launch->grid[0] == 0 || launch->grid[1] == 0 ||
      launch->grid[2] == 0 || launch->grid[1] > 0xffff || launch->grid[2] > 0xffff ||
      static_cast<int>(launch->dynamic_shared) > function->dynamic_shared)
    return kCudaInvalidValue;
  write_line(described(*launch, function->kernel, arguments));
  return kCudaSuccess;
}

// Writes what it was given into the map, in order, as far as there is room.
EXPORTED_SINCE_12 int cuTensorMapEncodeTiled(CudaTensorMap* map, int type, uint32_t rank,
                                             void* address, const uint64_t* sizes,
                                             const uint64_t* strides, const uint32_t* box,
                                             const uint32_t* element_strides, int interleave,
                                             int swizzle, int promotion, int fill) {
  FAIL_IF_ASKED();
  if (rank < 1 || rank > 5 || interleave || fill || element_strides[0] != 1)
    return kCudaInvalidValue;
  uint64_t* next = map->opaque;
  *next++ = reinterpret_cast<uintptr_t>(address);
  *next++ = static_cast<uint64_t>(type) | uint64_t{rank} << 8 |
            static_cast<uint64_t>(swizzle) << 16 | static_cast<uint64_t>(promotion) << 24;
  for (uint32_t i = 0; i < rank; ++i) *next++ = sizes[i];
  for (uint32_t i = 0; i + 1 < rank; ++i) *next++ = strides[i];
  for (uint32_t i = 0; i < rank; ++i) *next++ = box[i];
  return kCudaSuccess;
}
// NOLINTEND(readability-identifier-naming)
