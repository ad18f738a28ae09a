// The part of the CUDA driver's C interface that is used, in our own words. The layouts are the
// driver's. Every function returns 0 or the number of an error.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hidet {

using CudaContextHandle = struct CudaContextOpaque*;
using CudaModuleHandle = struct CudaModuleOpaque*;
using CudaFunctionHandle = struct CudaFunctionOpaque*;
using CudaStreamHandle = struct CudaStreamOpaque*;  // null: the default stream

enum CudaError : int {
  kCudaSuccess = 0,
  kCudaInvalidValue = 1,
  kCudaOutOfMemory = 2,
  kCudaDeinitialized = 4,
  kCudaStubLibrary = 34,
  kCudaNoDevice = 100,
  kCudaInvalidImage = 200,
  kCudaInvalidContext = 201,
  kCudaNoBinaryForGpu = 209,
  kCudaInvalidHandle = 400,
  kCudaNotFound = 500,
  kCudaIllegalAddress = 700,
  kCudaLaunchOutOfResources = 701,
  kCudaLaunchTimeout = 702,
  kCudaAssert = 710,
  kCudaMisalignedAddress = 716,
  kCudaLaunchFailed = 719,
  kCudaDriverMismatch = 803,
  kCudaCaptureUnsupported = 900,
  kCudaFunctionNotLoaded = 913,
};

enum CudaDeviceAttribute : int {
  kDeviceClockKilohertz = 13,
  kDeviceMultiprocessors = 16,
  kDeviceL2Bytes = 38,
  kDeviceCapabilityMajor = 75,
  kDeviceCapabilityMinor = 76,
  kDeviceSharedBytesOfBlock = 97,  // where a kernel asks for it
};

enum CudaFunctionAttribute : int {
  kFunctionMaxThreads = 0,
  kFunctionStaticShared = 1,
  kFunctionLocalBytes = 3,
  kFunctionRegisters = 4,
  kFunctionMaxDynamicShared = 8,
  kFunctionNonPortableCluster = 14,
};

struct CudaLaunchAttribute {
  enum Id : int { cooperative = 2, cluster_dimension = 4, programmatic_serialization = 6 };
  int id;
  int unused;
  union {
    char bytes[64];
    int number;
    unsigned dimension[3];
  };
};

struct CudaLaunchConfiguration {
  unsigned grid[3];
  unsigned block[3];
  unsigned dynamic_shared;  // bytes
  CudaStreamHandle stream;
  const CudaLaunchAttribute* attributes;
  unsigned attribute_count;
};

struct alignas(64) CudaTensorMap {
  uint64_t opaque[16];
};

struct CudaFunctions {
  int (*init)(unsigned flags);
  int (*driver_version)(int*);
  int (*error_name)(int error, const char**);
  int (*error_string)(int error, const char**);
  int (*device_count)(int*);
  int (*device_get)(int* device, int index);
  int (*device_name)(char* name, int length, int device);
  int (*device_attribute)(int* value, int attribute, int device);
  int (*device_memory)(size_t* bytes, int device);
  int (*primary_context_retain)(CudaContextHandle*, int device);
  int (*context_current)(CudaContextHandle*);
  int (*context_set_current)(CudaContextHandle);
  int (*module_load)(CudaModuleHandle*, const void* image);
  int (*module_unload)(CudaModuleHandle);
  int (*module_function)(CudaFunctionHandle*, CudaModuleHandle, const char* name);
  int (*function_attribute)(int* value, int attribute, CudaFunctionHandle);
  int (*function_set_attribute)(CudaFunctionHandle, int attribute, int value);
  int (*blocks_per_multiprocessor)(int* blocks, CudaFunctionHandle, int threads, size_t shared);
  int (*stream_capturing)(CudaStreamHandle, int* status);  // 0: no capture
  int (*set_bytes)(uint64_t memory, unsigned char value, size_t count, CudaStreamHandle);
  int (*set_halves)(uint64_t memory, unsigned short value, size_t count, CudaStreamHandle);
  int (*set_words)(uint64_t memory, unsigned value, size_t count, CudaStreamHandle);
  int (*copy_bytes)(uint64_t to, uint64_t from, size_t count, CudaStreamHandle);
  int (*context_synchronize)();
  int (*launch)(const CudaLaunchConfiguration*, CudaFunctionHandle, void** arguments, void** extra);
  int (*tensor_map_tiled)(CudaTensorMap*, int type, uint32_t rank, void* address,
                          const uint64_t* sizes, const uint64_t* strides, const uint32_t* box,
                          const uint32_t* element_strides, int interleave, int swizzle,
                          int promotion, int fill);
};

}  // namespace hidet
