# PyTorch as imported targets, from the directory of the installed package. find_package(Torch) is
# not used: on a CUDA build of PyTorch it fails where no CUDA toolkit is installed.
#   hidet::torch_cpp     libtorch_cpu and libc10: tensors, dispatcher, custom classes; no Python
#   hidet::torch_python  and libtorch_python: tensors as Python objects, pybind11
set(HIDET_TORCH_VERSION "" CACHE STRING "version of the PyTorch in HIDET_TORCH_ROOT")
set(HIDET_PYTHON_INCLUDE "" CACHE PATH "directory of Python.h; empty: no Python module is built")
set(HIDET_EXT_SUFFIX ".so" CACHE STRING "suffix of Python extension modules")
if(NOT EXISTS "${HIDET_TORCH_ROOT}/include/torch/library.h")
  message(FATAL_ERROR "HIDET_TORCH_ROOT='${HIDET_TORCH_ROOT}' is no installed torch package: "
                      "include/torch/library.h is missing there")
endif()

function(hidet_import_torch name)
  set(file "${HIDET_TORCH_ROOT}/lib/lib${name}.so")
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "${file} is missing")
  endif()
  add_library(hidet::lib_${name} SHARED IMPORTED GLOBAL)
  set_target_properties(hidet::lib_${name} PROPERTIES IMPORTED_LOCATION ${file})
endfunction()
hidet_import_torch(c10)
hidet_import_torch(torch_cpu)

add_library(hidet_torch_cpp INTERFACE)
add_library(hidet::torch_cpp ALIAS hidet_torch_cpp)
target_include_directories(hidet_torch_cpp SYSTEM INTERFACE
  ${HIDET_TORCH_ROOT}/include ${HIDET_TORCH_ROOT}/include/torch/csrc/api/include)
# FMT_HEADER_ONLY: PyTorch's headers use fmt, and it exports none of it.
target_compile_definitions(hidet_torch_cpp INTERFACE HIDET_TORCH_VERSION="${HIDET_TORCH_VERSION}"
                                                     FMT_HEADER_ONLY=1)
target_link_libraries(hidet_torch_cpp INTERFACE hidet::lib_torch_cpu hidet::lib_c10)

if(HIDET_PYTHON_INCLUDE)
  hidet_import_torch(torch_python)
  add_library(hidet_torch_python INTERFACE)
  add_library(hidet::torch_python ALIAS hidet_torch_python)
  target_include_directories(hidet_torch_python SYSTEM INTERFACE ${HIDET_PYTHON_INCLUDE})
  target_link_libraries(hidet_torch_python INTERFACE hidet::torch_cpp hidet::lib_torch_python)
endif()
