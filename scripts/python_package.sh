#!/usr/bin/env bash
# Builds the Python package and installs it into .venv/opik-cpp, which `setup.sh test` made; nothing to do if no source changed since.
# The build tree and ccache stay, so a small change costs seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/opik-cpp/bin/python
stamp=.venv/opik-cpp/.package-made-from
wanted=$(git ls-files -co --exclude-standard python include/opik src/base src/sdk cmake 2>/dev/null | sort | xargs -d '\n' sha256sum 2>/dev/null | sha256sum)
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && "$python" -c 'import opik_cpp' 2>/dev/null && exit 0
"$python" -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall ./python
echo "$wanted" >"$stamp"
