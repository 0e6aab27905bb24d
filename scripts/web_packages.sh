#!/usr/bin/env bash
# web/node_modules from web/package-lock.json. Quick when nothing is missing. Several builds may call it at once.
set -euo pipefail
cd "$(dirname "$0")/../web"
exec 9>.packages.lock
flock 9
wanted=$(sha256sum <package-lock.json)
[ "$(cat node_modules/.made-from 2>/dev/null)" = "$wanted" ] && exit 0
echo "setup: making web/node_modules"
npm ci --no-audit --no-fund --loglevel=error >/dev/null
echo "$wanted" >node_modules/.made-from
