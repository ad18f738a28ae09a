# hidet_layer(name deps...): one static library for csrc/<name>, out of every *.cpp that is no test,
# and, with HIDET_TESTS, one GoogleTest program out of its *_test.cpp.
# GCC 12 sees uninitialised members in moves of std::variant where there are none, and overlapping
# copies in "literal" + std::string.
set(HIDET_WARNINGS -Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-maybe-uninitialized
                   -Wno-restrict)
find_program(HIDET_CCACHE ccache)
if(HIDET_CCACHE)
  # What these allow, ccache needs for files that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                  ${HIDET_CCACHE})
endif()
# The standard library's headers, which most files include, are parsed once; for tests GoogleTest's,
# too. Together they take longer than the rest of a usual file.
set(HIDET_STANDARD_HEADERS <algorithm> <cmath> <cstdint> <functional> <map> <memory> <mutex>
                           <optional> <set> <span> <string> <string_view> <unordered_map> <variant>
                           <vector>)
# Layers that know the IR share its headers, too: parsing them is a fifth of the time of their files.
set(HIDET_IR_HEADERS ir/builder.h ir/print.h ir/program.h ir/stmt.h ir/visit.h)
set(HIDET_LAYERS_WITH_IR "")
if(HIDET_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  # Else GCC 12's search for leaks reads thread-local memory that NVRTC has given back, and crashes.
  set(HIDET_TEST_PROPERTIES PROPERTIES ENVIRONMENT ASAN_OPTIONS=intercept_tls_get_addr=0)
endif()
if(HIDET_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# hidet_precompile(prefix name suffix headers...): what the files of target <prefix><name><suffix>
# need not parse. The lowest such target that knows these headers compiles them, the others share
# its result.
function(hidet_precompile prefix name suffix)
  set(headers ${HIDET_STANDARD_HEADERS} ${ARGN})
  set(owner base)
  if(name IN_LIST HIDET_LAYERS_WITH_IR)
    set(owner ir)
    foreach(header ${HIDET_IR_HEADERS})
      list(APPEND headers ${PROJECT_SOURCE_DIR}/csrc/${header})
    endforeach()
  endif()
  if(name STREQUAL owner)
    target_precompile_headers(${prefix}${name}${suffix} PRIVATE ${headers})
  else()
    target_precompile_headers(${prefix}${name}${suffix} REUSE_FROM ${prefix}${owner}${suffix})
  endif()
endfunction()

function(hidet_layer name)
  foreach(known ${name} ${ARGN})
    if(known STREQUAL ir OR known IN_LIST HIDET_LAYERS_WITH_IR)
      list(APPEND HIDET_LAYERS_WITH_IR ${name})
      set(HIDET_LAYERS_WITH_IR ${HIDET_LAYERS_WITH_IR} PARENT_SCOPE)
      break()
    endif()
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(hidet_${name} STATIC ${sources})
    target_compile_options(hidet_${name} PRIVATE ${HIDET_WARNINGS})
    hidet_precompile(hidet_ ${name} "")
    set(scope PUBLIC)
  else()
    add_library(hidet_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(hidet_${name} ${scope} ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(hidet_${name} ${scope} hidet_fmt)
  foreach(dependency ${ARGN})
    target_link_libraries(hidet_${name} ${scope} hidet_${dependency})
  endforeach()
  if(HIDET_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_compile_options(${name}_test PRIVATE ${HIDET_WARNINGS})
    target_compile_definitions(${name}_test PRIVATE HIDET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name}_test PRIVATE hidet_${name} GTest::gtest_main)
    hidet_precompile("" ${name} _test <gtest/gtest.h>)
    gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 ${HIDET_TEST_PROPERTIES})
  endif()
endfunction()
