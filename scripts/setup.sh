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
  libboost1.81-dev libsimdjson-dev libsqlite3-dev libzstd-dev libdeflate-dev libxxhash-dev
  libfmt-dev libspdlog-dev libcli11-dev libtomlplusplus-dev
)
test_packages=(libgtest-dev libgmock-dev nlohmann-json3-dev sqlite3 curl jq clang-14 libclang-rt-14-dev llvm-14 python3-venv nodejs)
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
