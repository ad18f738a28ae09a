#!/usr/bin/env bash
# Checks format and style. The formatters are those of tests/requirements_lint.txt, as others format
# otherwise: beside $PYTHON, else on the path.
#   bash tests/lint.sh          clang-format, ruff
#   bash tests/lint.sh --tidy   and clang-tidy, minutes long
set -euo pipefail
cd "$(dirname "$0")/.."
[ -z "${PYTHON:-}" ] || PATH="$(dirname "$PYTHON"):$PATH"

ruff check .
ruff format --check .
# What the compiler of kernels emits is no code of ours.
git ls-files -z 'csrc/*.cpp' 'csrc/*.h' 'benchmarks/*.cpp' ':!csrc/emit/golden/*' |
  xargs -0 clang-format --dry-run -Werror
if [ "${1:-}" = --tidy ]; then
  fmt_include=/usr/include
  [ -e /usr/include/fmt/format.h ] || fmt_include="$("${PYTHON:-python3}" -c 'import importlib.util as u
print(u.find_spec("torch").submodule_search_locations[0])')/include"
  cmake -S . -B build/tidy -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
    -DHIDET_FMT_INCLUDE="$fmt_include" >/dev/null
  # GCC's warning options are unknown to clang. Tests, most of which is GoogleTest's macros, and
  # what needs PyTorch's headers are left out.
  git ls-files -z 'csrc/*.cpp' ':!csrc/pytorch/*' ':!*_test.cpp' ':!csrc/emit/golden/*' |
    xargs -0 -P "$(nproc)" -n 4 clang-tidy -p build/tidy --quiet --warnings-as-errors='*' \
      --extra-arg=-Wno-unknown-warning-option
fi
