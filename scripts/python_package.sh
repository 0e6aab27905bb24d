#!/usr/bin/env bash
# Builds the wheel of the Python package (build/python) and installs it into .venv/opik-cpp, which `setup.sh test` made; nothing to do if no source changed since.
# The build tree and ccache stay, so a small change costs seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/opik-cpp/bin/python
stamp=.venv/opik-cpp/.package-made-from
wanted=$(git ls-files -co --exclude-standard python include/opik src/base src/sdk cmake 2>/dev/null | sort | xargs -d '\n' sha256sum 2>/dev/null | sha256sum)
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && ls build/python/*.whl >/dev/null 2>&1 && "$python" -c 'import opik_cpp' 2>/dev/null && exit 0
rm -rf build/python
"$python" -m pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir build/python ./python
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall build/python/*.whl
echo "$wanted" >"$stamp"
