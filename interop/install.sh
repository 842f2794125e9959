#!/usr/bin/env bash
# install.sh DIR: puts the published A2A SDKs under DIR, from their registries, with the versions
# pinned here, and writes DIR/env, which names the peers. What is there already stays.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" && dir=$(cd "$1" && pwd)

need() { command -v "$1" >/dev/null || { echo "interop: $1 is not installed; it needs $2" >&2; exit 1; }; }
need python3 'Python 3.10 or newer with venv'
need npm 'Node.js 20 or newer'

pins=$(cat "$here/install.sh" "$here"/python/requirements.txt "$here"/javascript/package*.json | cksum)
if [ "$pins" != "$(cat "$dir/pins" 2>/dev/null)" ]; then
  rm -rf "$dir/pins" "$dir/venv" "$dir/node"
  python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
  mkdir "$dir/node"
  cp "$here"/javascript/package*.json "$dir/node"
  (cd "$dir/node" && npm ci --silent --no-audit --no-fund --ignore-scripts)
  echo "$pins" >"$dir/pins"
fi
cp "$here/javascript/peer.js" "$dir/node" # it finds its packages beside itself

peer() { printf '#!/bin/sh\nexec %s\n' "$2" >"$dir/$1" && chmod 755 "$dir/$1"; }
peer python-peer "'$dir/venv/bin/python' '$here/python/peer.py'"
peer javascript-peer "node '$dir/node/peer.js'"
cat >"$dir/env" <<ENV
export MAILMESH_TEST_A2A_PYTHON='$dir/python-peer'
export MAILMESH_TEST_A2A_JAVASCRIPT='$dir/javascript-peer'
ENV
