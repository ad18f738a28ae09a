# fmt, whose code csrc/base/format.cpp alone compiles: the system's, else the copy in PyTorch's wheel. Nothing is downloaded.
find_path(HIDET_FMT_INCLUDE fmt/format.h HINTS ${HIDET_TORCH_ROOT}/include)
if(NOT HIDET_FMT_INCLUDE)
  message(FATAL_ERROR "fmt/format.h not found: install libfmt-dev, or set HIDET_TORCH_ROOT")
endif()
add_library(hidet_fmt INTERFACE)
target_include_directories(hidet_fmt SYSTEM INTERFACE ${HIDET_FMT_INCLUDE})
