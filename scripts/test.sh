#!/usr/bin/env bash
# Every test in its short form, on what `make build` built: the unit tests and checks (ctest), the fuzz targets for some
# seconds each, the tests of the whole server (pytest), and those of the web UI (a browser, and vitest). The last line is the sum of
# all; the exit code is 0 if all passed.
set -uo pipefail
cd "$(dirname "$0")/.."
results=build/test-results
rm -rf "$results" && mkdir -p "$results"
failed=0

ctest --test-dir build/release --output-on-failure --parallel "$(nproc)" --no-tests=error --timeout 300 \
  --output-junit "$PWD/$results/ctest.xml" --quiet --output-log "$results/ctest.log" || { failed=1; tail -n 200 "$results/ctest.log"; }
tail -n 3 "$results/ctest.log"

FUZZ_JUNIT="$results/fuzz.xml" scripts/fuzz.sh "${FUZZ_SHORT_SECONDS:-5}" || failed=1

# Much of it waits for time-outs and slow networks: a file to a core.
.venv/opik-2.0.2/bin/python -m pytest -c test/pytest.ini -n "$(nproc)" --dist loadfile --junitxml="$results/pytest.xml" test || failed=1

.venv/ui/bin/python -m pytest -c test/pytest.ini -m ui_short --junitxml="$results/ui.xml" test/ui || failed=1
(cd web && npx --no-install vitest run --silent --reporter=default --reporter=junit --outputFile="../$results/web.xml") || failed=1

python3 scripts/sum_results.py "$results"/*.xml || failed=1
exit $failed
