#!/usr/bin/env bash
# install.sh DIR: puts the published MCP SDKs, two generations of each, and the official conformance
# suite under DIR, from PyPI and npm with the versions pinned here, and writes DIR/env, which names
# the clients. What is there already stays.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" && dir=$(cd "$1" && pwd)

need() { command -v "$1" >/dev/null || { echo "mcp clients: $1 is not installed; they need $2" >&2; exit 1; }; }
need python3 'Python 3.10 or newer with venv'
need npm 'Node.js 20 or newer'

pins=$(cat "$here"/install.sh "$here"/requirements-*.txt "$here"/package*.json | cksum)
if [ "$pins" != "$(cat "$dir/pins" 2>/dev/null)" ]; then
  rm -rf "$dir/pins" "$dir"/venv-* "$dir/node"
  for generation in 1 2; do
    python3 -m venv "$dir/venv-$generation"
    "$dir/venv-$generation/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements-$generation.txt"
  done
  mkdir "$dir/node"
  cp "$here"/package*.json "$dir/node"
  (cd "$dir/node" && npm ci --silent --no-audit --no-fund --ignore-scripts)
  echo "$pins" >"$dir/pins"
fi
cp "$here"/*.js "$dir/node" # they find their packages beside themselves

mkdir -p "$dir/clients"
client() { printf '#!/bin/sh\nexec %s "$@"\n' "$2" >"$dir/clients/$1" && chmod 755 "$dir/clients/$1"; }
for generation in 1 2; do
  client "python-$generation" "'$dir/venv-$generation/bin/python' '$here/client_$generation.py'"
  client "typescript-$generation" "node '$dir/node/client_$generation.js'"
done
newer=$(ls "$dir"/node/node_modules/node-linux-*/bin/node 2>/dev/null || command -v node) # the suite needs Node.js 22
client conformance "'$newer' '$dir/node/conformance.js'"
echo "export MAILMESH_TEST_MCP_CLIENTS='$dir/clients'" >"$dir/env"
