#!/usr/bin/env bash
# Checks format and style, with the tools that are installed: bash tests/lint.sh [--tidy]
set -euo pipefail
cd "$(dirname "$0")/.."
ruff check .
ruff format --check .
git ls-files -z 'csrc/*.cpp' 'csrc/*.h' 'benchmarks/*.cpp' | xargs -0 clang-format --dry-run -Werror
if [ "${1:-}" = --tidy ]; then
  cmake -S . -B build/tidy -G Ninja -DHIDET_TESTS=ON -DCMAKE_BUILD_TYPE=Debug >/dev/null
  git ls-files -z 'csrc/*.cpp' ':!csrc/pytorch/*' |
    xargs -0 -P "$(nproc)" -n 4 clang-tidy -p build/tidy --quiet --warnings-as-errors='*'
fi
