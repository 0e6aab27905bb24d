#!/usr/bin/env bash
# Builds the fuzz targets (clang, libFuzzer, ASan and UBSan) and runs each.
#
#   scripts/fuzz.sh SECONDS      per target; a crash is left in build/fuzz/crashes
#
# fuzz/corpus/<target>/ are the seeds; what is found goes to build/fuzz/corpus/<target>/.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
mapfile -t names < <(sed -n 's/^opik_fuzz(\([a-z_]*\) .*/\1/p' fuzz/CMakeLists.txt)
if [ ${#names[@]} -eq 0 ]; then
  echo "fuzz: no targets in fuzz/CMakeLists.txt"
  exit 1
fi
if ! { cmake --preset fuzz >/dev/null && cmake --build --preset fuzz -j "$(nproc)" --target "${names[@]}"; }; then
  if [ -n "${FUZZ_JUNIT:-}" ]; then echo '<testsuite><testcase classname="fuzz" name="build"><failure/></testcase></testsuite>' >"$FUZZ_JUNIT"; fi
  exit 1
fi
mkdir -p build/fuzz/crashes

run_target() {
  local target=$1 name
  name=$(basename "$target")
  mkdir -p "build/fuzz/corpus/$name"
  local seeds=()
  if [ -d "fuzz/corpus/$name" ]; then seeds+=("fuzz/corpus/$name"); fi
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$name-" "build/fuzz/corpus/$name" "${seeds[@]}" >"build/fuzz/$name.log" 2>&1
  local code=$?
  if [ $code -ne 0 ]; then
    echo "fuzz: $name: ended with code $code"
    tail -n 40 "build/fuzz/$name.log"
  else
    echo "fuzz: $name: $(grep -o 'stat::number_of_executed_units: *[0-9]*' "build/fuzz/$name.log" | grep -o '[0-9]*$') inputs in $seconds s, no crash"
  fi
  return $code
}

failed=() cases=""  # a target runs on one core: as many at once as there are cores
running=()
finish() {  # waits for the oldest
  local entry=${running[0]}
  running=("${running[@]:1}")
  local name=${entry#*:}
  if wait "${entry%%:*}"; then
    cases+="<testcase classname=\"fuzz\" name=\"$name\"/>"
  else
    failed+=("$name")
    cases+="<testcase classname=\"fuzz\" name=\"$name\"><failure/></testcase>"
  fi
}
for name in "${names[@]}"; do
  run_target "build/fuzz/bin/$name" &
  running+=("$!:$name")
  if [ ${#running[@]} -ge "$(nproc)" ]; then finish; fi
done
while [ ${#running[@]} -gt 0 ]; do finish; done
if [ -n "${FUZZ_JUNIT:-}" ]; then echo "<testsuite>$cases</testsuite>" >"$FUZZ_JUNIT"; fi
[ ${#failed[@]} -eq 0 ]
