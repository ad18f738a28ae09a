#!/usr/bin/env bash
# Sets up what is missing, then runs examples/demo.py: bash examples/demo.sh [--torch VERSION] [...]
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/environment.sh
version=""
if [ "${1:-}" = --torch ]; then
  version="${2:?--torch needs a version}"
  shift 2
fi
hidet_environment "$version"
exec "$PYTHON" examples/demo.py "$@"
