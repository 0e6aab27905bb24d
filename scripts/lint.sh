#!/usr/bin/env bash
# clang-format and clang-tidy as a check, over all of our C++.
#
#   scripts/lint.sh [JOBS]
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=${1:-$(nproc)}
failed=0
mapfile -t sources < <(find src test bench fuzz include \( -name '*.h' -o -name '*.cc' \) 2>/dev/null | sort)
clang-format-14 --dry-run --Werror "${sources[@]}" || failed=1
echo "lint: clang-format looked at ${#sources[@]} files"

cmake --preset release -DOPIK_TESTS=ON -DOPIK_BENCH=ON >/dev/null || exit 1
mapfile -t units < <(jq -r '.[].file' build/release/compile_commands.json | sort -u)
printf '%s\n' "${units[@]}" | xargs -P "$jobs" -n 4 clang-tidy-14 --quiet -p build/release --warnings-as-errors='*' 2>&1 |
  grep -v -E '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter'
[ "${PIPESTATUS[1]}" -eq 0 ] || failed=1
echo "lint: clang-tidy looked at ${#units[@]} files"
exit $failed
