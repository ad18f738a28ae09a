// A libcuda without a GPU, for tests: it loads real binaries, checks launches as the driver does
// and writes down what it was asked for; it executes nothing. Any call can be made to fail.
//
// Without the functions below, by environment variables read at cuInit:
//   HIDET_STUB_CUDA_DEVICES=2              how many GPUs (1)
//   HIDET_STUB_CUDA_CAPABILITY=8.6         of each (9.0)
//   HIDET_STUB_CUDA_FAIL=cuLaunchKernelEx=700,cuModuleLoadData=2
//   HIDET_STUB_CUDA_LOG=/tmp/log           file to which each line is appended
#pragma once

extern "C" {

// Functions that a test finds with dlsym.
// As at the start: one GPU, no failures, an empty log. What was loaded stays.
using StubCudaReset = void (*)();
// The call of this name returns `error`, after `successes` calls that do not fail; 0: no more.
using StubCudaFail = void (*)(const char* call, int error, int successes);
// Every stream is being captured for a CUDA graph, or none. In a capture calls fail as the driver
// lets them fail: loads of modules and waiting.
using StubCudaCapture = void (*)(bool capturing);
using StubCudaDevices = void (*)(int count, int major, int minor, int shared_bytes_of_block);
// A line for each load, unload, change of an attribute, launch, and work on memory, since the last
// reset. Memory of the device is the process's own: it is filled and copied at once.
//   load 0 (its number); unload 0; attribute scale 8 65536
//   set 64 bytes to 0 stream 7; copy 64 bytes stream 7; synchronize
//   launch scale grid 4 1 1 block 128 1 1 shared 1024 stream 7 device 0 [cluster 2 1 1]
//     [programmatic] [cooperative] arguments 0011223344556677 04000000
// with the arguments' bytes in memory order. The text is valid until the next call of any function.
using StubCudaLog = const char* (*)();
}
