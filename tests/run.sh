#!/usr/bin/env bash
# Runs the tests, with all set-up. Fails where anything fails.
#   bash tests/run.sh                    C++ unit tests, then the Python tests
#   bash tests/run.sh --full             and format, every CUDA schedule, sanitizers, long tests, measured
#                                        tables, other PyTorches
#   bash tests/run.sh --torch VERSION    with another PyTorch, in an environment of its own
#   bash tests/run.sh --python-only      no C++ unit tests
#   bash tests/run.sh [...] -- ARGUMENTS further arguments of pytest
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/environment.sh

OTHER_TORCH_VERSIONS=(2.11.0 2.13.0)
full=no
cpp=yes
version=""
while [ $# != 0 ]; do
  case "$1" in
    --full) full=yes ;;
    --python-only) cpp=no ;;
    --torch)
      version="${2:?--torch needs a version}"
      shift
      ;;
    --)
      shift
      break
      ;;
    *) hidet_fail "unknown argument $1; $0 describes them in its first lines" ;;
  esac
  shift
done
pytest_arguments=("$@")

summary=()
failed=no
# step NAME COMMAND...: runs it and remembers how it went; a failure does not end the run.
step() {
  local name="$1" started=$SECONDS state=passed
  shift
  hidet_say "$name"
  # Not in an `if`: there, `set -e` would be off within functions.
  set +e
  (
    set -e
    "$@"
  )
  local status=$?
  set -e
  if [ $status != 0 ]; then
    state=FAILED
    failed=yes
  fi
  summary+=("$(printf '%-6s  %5d s  %s' "$state" $((SECONDS - started)) "$name")")
}

# As many as processors, and as fit into the memory: a test process takes about 2 GiB.
jobs_by_memory() {
  local processors available
  processors="$(nproc)"
  available=$(($(awk '/MemAvailable/ {print $2}' /proc/meminfo) / 2097152))
  echo $((available < 1 ? 1 : available < processors ? available : processors))
}

# cpp_tests DIRECTORY CMAKE_ARGUMENT...
cpp_tests() {
  local directory="$1" fmt_include torch_include
  shift
  torch_include="$("$PYTHON" -c 'import importlib.util as u
print(u.find_spec("torch").submodule_search_locations[0])')/include"
  fmt_include=/usr/include
  [ -e /usr/include/fmt/format.h ] || fmt_include="$torch_include"
  cmake -S . -B "$directory" -G Ninja -DHIDET_TESTS=ON -DHIDET_FMT_INCLUDE="$fmt_include" \
    -DCMAKE_MAKE_PROGRAM="$(command -v ninja)" "$@" >"$directory.log" 2>&1 ||
    { cat "$directory.log" && return 1; }
  cmake --build "$directory" -j "${MAX_JOBS:-$(jobs_by_memory)}"
  ctest --test-dir "$directory" -j "$(nproc)" --output-on-failure --no-tests=error --progress |
    tail -n 300
}

# every_schedule DIRECTORY: the tests that take a few schedules of a space, with all of them.
every_schedule() {
  HIDET_FULL=1 ctest --test-dir "$1" -R OfTheSpace -j "$(nproc)" --output-on-failure \
    --no-tests=error
}

# From the folder of the tests: what they import is the installed package, not the checkout.
python_tests() {
  local selection="$1"
  shift
  (cd tests && "$PYTHON" -m pytest -q -m "$selection" "$@" "${pytest_arguments[@]}")
}

lint() {
  local tidy=()
  _hidet_pip -r tests/requirements_lint.txt
  if command -v clang-tidy >/dev/null; then
    tidy=(--tidy)
  fi
  PYTHON="$PYTHON" bash tests/lint.sh "${tidy[@]}"
}

hidet_environment "$version"
mkdir -p build
if [ $cpp = yes ]; then
  if [ ! -e /usr/include/gtest/gtest.h ] && [ ! -e /usr/local/include/gtest/gtest.h ]; then
    hidet_system_packages libgtest-dev
  fi
  # Debug: assertions and the verifier after each pass; optimised a little for speed.
  step "C++ tests" cpp_tests build/tests -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1
fi
not_full="not full"
if [ $full = yes ]; then
  not_full="full or not full"
fi
step "Python tests" python_tests "($not_full) and not alone" -n "$(jobs_by_memory)"
step "Python tests that measure time" python_tests "($not_full) and alone" -n 0

if [ $full = yes ]; then
  step "format and style" lint
  if [ $cpp = yes ]; then
    step "every schedule of the CUDA products by NVRTC" every_schedule build/tests
  fi
  step "C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer" \
    cpp_tests build/sanitize -DHIDET_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_CXX_FLAGS_DEBUG=-O1
  step "peers of the measured tables" _hidet_pip -r tests/requirements_benchmarks.txt
  step "models, measured" "$PYTHON" benchmarks/models.py --quick \
    --json build/benchmarks/models.json
  step "matmuls, measured" "$PYTHON" benchmarks/matmul.py --json build/benchmarks/matmul.json
  step "call overhead, measured" "$PYTHON" benchmarks/overhead.py --json build/benchmarks/overhead.json
  for other in "${OTHER_TORCH_VERSIONS[@]}"; do
    step "with PyTorch $other" bash "$HIDET_ROOT/tests/run.sh" --torch "$other" --python-only
  done
fi

hidet_say "summary, with PyTorch $("$PYTHON" -c 'import importlib.metadata as m
print(m.version("torch"))')"
printf '%s\n' "${summary[@]}"
[ $failed = no ] || hidet_fail "some tests failed"
echo "all passed"
