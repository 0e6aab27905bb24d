#!/usr/bin/env bash
# The unit tests and a short set of server tests with the binaries of a sanitizer preset.
#
#   scripts/sanitize.sh asan     address and undefined behaviour
#   scripts/sanitize.sh tsan     data races
#
# A finding ends the process with a code other than 0, so the test that made it fails. Suppressions are for third-party code
# alone, each with its reason: test/tsan.supp.
set -uo pipefail
cd "$(dirname "$0")/.."
preset=$1
case $preset in
  asan | tsan) ;;
  *) echo "sanitize.sh: expected asan or tsan, found '$preset'" >&2; exit 2 ;;
esac
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
export UBSAN_OPTIONS="print_stacktrace=1"
export TSAN_OPTIONS="halt_on_error=0:exitcode=66:second_deadlock_stack=1:suppressions=$PWD/test/tsan.supp"
results=build/test-results-$preset
rm -rf "$results" && mkdir -p "$results"
cmake --preset "$preset" >/dev/null && cmake --build --preset "$preset" -j "$(nproc)" || exit 1

failed=0
ctest --test-dir "build/$preset" --output-on-failure --parallel "$(nproc)" --no-tests=error --timeout 900 \
  --output-junit "$PWD/$results/ctest.xml" --quiet --output-log "$results/ctest.log" || { failed=1; tail -n 200 "$results/ctest.log"; }
tail -n 3 "$results/ctest.log"

# -m: what measures nothing and kills nobody, so that the sanitizer's report at the end of the server counts.
OPIKD="$PWD/build/$preset/bin/opikd" OPIK_LAW_HTTP="$PWD/build/$preset/bin/opik_law_http" OPIK_SANITIZED=$preset \
  .venv/opik-2.0.2/bin/python -m pytest -c test/pytest.ini -m "not slow_when_sanitized" \
  --junitxml="$results/pytest.xml" test/api test/query test/law_http test/race test/compat test/sdk || failed=1
python3 scripts/sum_results.py "$results"/*.xml || failed=1
exit $failed
