#!/usr/bin/env bash
# Builds, proves and measures Hidet on a machine with a GPU. Needs this checkout, a Python with
# PyTorch 2.11 or newer, a C++20 compiler, CMake and ninja; neither a network nor a CUDA toolkit.
#   bash benchmarks/gpu/run_all.sh                       results in $OUT, else build/gpu
#   bash benchmarks/gpu/run_all.sh --budget-seconds 3000 more time: more shapes, models and schedules
#   bash benchmarks/gpu/run_all.sh --only smoke,matmul   some steps
#   bash benchmarks/gpu/run_all.sh --emulate             the same steps, small, without a GPU
#   bash benchmarks/gpu/run_all.sh --keep                results to benchmarks/results/, too
# HIDET_PYTHON names another Python, HIDET_PACKAGE a folder with hidet_torch built already.
set -euo pipefail
cd "$(dirname "$0")/../.."
export HIDET_STARTED="${HIDET_STARTED:-$(date +%s)}"
export OUT="${OUT:-$PWD/build/gpu}"
PYTHON="${HIDET_PYTHON:-python3}"
mkdir -p "$OUT"

missing=()
command -v "$PYTHON" >/dev/null || { echo "no Python: $PYTHON" >&2; exit 1; }
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || missing+=("Python 3.10 or newer")
"$PYTHON" -c 'import torch, sys; sys.exit(tuple(map(int, torch.__version__.split(".")[:2])) < (2, 11))' ||
  missing+=("PyTorch 2.11 or newer, for $("$PYTHON" -c 'import sys; print(sys.executable)')")
if [ -z "${HIDET_PACKAGE:-}" ]; then
  command -v "${CXX:-c++}" >/dev/null || command -v g++ >/dev/null || missing+=("a C++20 compiler (g++)")
  command -v cmake >/dev/null || missing+=("cmake 3.24 or newer")
  command -v ninja >/dev/null || missing+=("ninja")
  "$PYTHON" -c 'import setuptools' 2>/dev/null || missing+=("setuptools, for that Python")
  "$PYTHON" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
    missing+=("the headers of Python (python3-dev)")
fi
if [ ${#missing[@]} != 0 ]; then
  printf 'missing: %s\n' "${missing[@]}" | tee "$OUT/missing.txt" >&2
  exit 1
fi
for module in pytest transformers; do
  "$PYTHON" -c "import $module" 2>/dev/null || echo "without $module: the steps that need it say so" >&2
done

if [ -z "${HIDET_PACKAGE:-}" ]; then
  export HIDET_PACKAGE="$PWD/build/gpu-package"
  echo "building into build/gpu-package"
  # The environment stays as it is: nothing is installed into it.
  if ! "$PYTHON" setup.py -q build --build-lib "$HIDET_PACKAGE" \
    egg_info --egg-base "$HIDET_PACKAGE" >"$OUT/build.log" 2>&1; then
    tail -n 40 "$OUT/build.log" >&2
    echo "hidet_torch could not be built: $OUT/build.log" >&2
    exit 1
  fi
  echo "built after $(($(date +%s) - HIDET_STARTED)) s"
fi
export PYTHONPATH="$HIDET_PACKAGE${PYTHONPATH:+:$PYTHONPATH}"
exec "$PYTHON" benchmarks/gpu/run_all.py "$@"
