#!/usr/bin/env bash
# Installs what building and testing opik-cpp needs and is missing: Debian packages (apt), a Python environment for the
# tests (PyPI) and node packages for the tests (npm). Quick when nothing is missing.
#
#   scripts/setup.sh build        compiler, libraries: enough for `make run`
#   scripts/setup.sh test         the above, and what only the tests need (official SDKs, clang's fuzzer runtime)
#   scripts/setup.sh lint         the above, and clang-tidy and clang-format
set -euo pipefail
cd "$(dirname "$0")/.."
want=${1:-build}

build_packages=(
  g++ cmake ninja-build ccache pkg-config ca-certificates
  libboost1.81-dev libsimdjson-dev libsqlite3-dev libzstd-dev libdeflate-dev libxxhash-dev libcurl4-openssl-dev libssl-dev zlib1g-dev
  libnghttp2-dev libfmt-dev libspdlog-dev libcli11-dev libtomlplusplus-dev
)
test_packages=(libgtest-dev libgmock-dev nlohmann-json3-dev sqlite3 curl jq clang-14 libclang-rt-14-dev llvm-14 python3-dev python3-venv chromium
  fonts-inter fonts-noto-color-emoji)
# The web UI is built with npm. Node from elsewhere than Debian brings its own.
command -v npm >/dev/null || build_packages+=(nodejs npm)
lint_packages=(clang-tidy-14 clang-format-14)

packages=("${build_packages[@]}")
case $want in
  build) ;;
  test) packages+=("${test_packages[@]}") ;;
  lint) packages+=("${test_packages[@]}" "${lint_packages[@]}") ;;
  *) echo "setup.sh: expected build, test or lint, found '$want'" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  echo "setup: installing ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
[ "$want" = build ] && exit 0

# The official SDKs, what our own Python package is built and tested with, and the driver of a browser, for the tests alone. A stamp beside each
# holds the hash of what it was made from.

# A Python that can make environments, 3.9 or later.
find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "setup: looking for Python 3.9 or later with venv: found none" >&2
  exit 1
}

# python_environment NAME: .venv/NAME from test/requirements-NAME.txt.
python_environment() {
  local folder=.venv/$1 requirements=test/requirements-$1.txt wanted
  wanted=$(sha256sum <"$requirements")
  [ "$(cat "$folder/.made-from" 2>/dev/null)" = "$wanted" ] && return
  echo "setup: making $folder"
  rm -rf "$folder"
  "$(find_python)" -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$requirements"
  echo "$wanted" >"$folder/.made-from"
}

node_packages() {
  local folder=test/compat/ts wanted
  wanted=$(sha256sum <"$folder/package-lock.json")
  [ "$(cat "$folder/node_modules/.made-from" 2>/dev/null)" = "$wanted" ] && return
  echo "setup: making $folder/node_modules"
  (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null)
  echo "$wanted" >"$folder/node_modules/.made-from"
}

python_environment opik-2.0.2
python_environment opik-latest
python_environment ui
python_environment opik-cpp
python_environment otlp
node_packages
scripts/web_packages.sh
