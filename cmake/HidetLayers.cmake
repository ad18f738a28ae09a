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
if(HIDET_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(HIDET_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(hidet_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(hidet_${name} STATIC ${sources})
    target_compile_options(hidet_${name} PRIVATE ${HIDET_WARNINGS})
    if(name STREQUAL base)
      target_precompile_headers(hidet_base PRIVATE ${HIDET_STANDARD_HEADERS})
    else()
      target_precompile_headers(hidet_${name} REUSE_FROM hidet_base)
    endif()
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
    if(name STREQUAL base)
      target_precompile_headers(base_test PRIVATE ${HIDET_STANDARD_HEADERS} <gtest/gtest.h>)
    else()
      target_precompile_headers(${name}_test REUSE_FROM base_test)
    endif()
    gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
