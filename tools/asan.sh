#!/bin/sh
# Runs the kernel tests under AddressSanitizer: builds the CPU kernels with it in a copy of the sources, and
# preloads its runtime. Needs GCC. Call it from anywhere; PYTHON names the interpreter (default: .venv's, else python3).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-"$root/.venv/bin/python"}
[ -x "$python" ] || python=python3
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R "$root/src" "$root/tests" "$root/setup.py" "$root/pyproject.toml" "$root/LICENSE" "$copy"
[ ! -f "$root/README.md" ] || cp "$root/README.md" "$copy"
find "$copy/src" -name '*.so' -delete
cd "$copy"
CFLAGS="-fsanitize=address -fno-omit-frame-pointer -g -O1" "$python" setup.py -q build_ext --inplace
# Python and torch keep memory until the process ends, so leaks are not looked for.
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so)" \
ASAN_OPTIONS=detect_leaks=0 PYTHONPATH="$copy/src" \
    "$python" -m pytest -p no:cacheprovider -q tests/unit/engines/cpu tests/unit/engines/test_parity.py \
    tests/contract/test_engines.py -k "not Choice" "$@"
