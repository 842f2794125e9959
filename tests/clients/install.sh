#!/usr/bin/env bash
# install.sh DIR: puts what the clients need under DIR, from PyPI and npm with the versions pinned
# here, and writes DIR/env, which names the clients. What is there already stays.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" && dir=$(cd "$1" && pwd)

need() { command -v "$1" >/dev/null || { echo "clients: $1 is not installed; it needs $2" >&2; exit 1; }; }
need python3 'Python 3.10 or newer with venv'
need npm 'Node.js 20 or newer'

# The published Python clients of context-sync, each beside the same packages.
context_versions='0.1.1 0.1.2'

venv() {
  local venv=$1
  shift
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

pins=$(cat "$here/install.sh" "$here"/python/*.txt "$here"/javascript/package*.json | cksum)
if [ "$pins" != "$(cat "$dir/pins" 2>/dev/null)" ]; then
  rm -rf "$dir/pins" "$dir"/venv* "$dir/node"
  venv "$dir/venv" -r "$here/python/requirements.txt"
  for version in $context_versions; do
    venv "$dir/venv-$version" -r "$here/python/context_sync.txt" "agentsmcp==$version"
  done
  mkdir "$dir/node"
  cp "$here"/javascript/package*.json "$dir/node"
  (cd "$dir/node" && npm ci --silent --no-audit --no-fund --ignore-scripts)
  echo "$pins" >"$dir/pins"
fi
cp "$here/javascript/context_sync.js" "$dir/node" # it finds its packages beside itself

client() { printf '#!/bin/sh\nexec %s "$@"\n' "$2" >"$dir/$1" && chmod 755 "$dir/$1"; }
client asmtp-python "'$dir/venv/bin/python' '$here/python/asmtp_client.py'"
client context-javascript "node '$dir/node/context_sync.js'"
{
  echo "export MAILMESH_TEST_ASMTP_PYTHON='$dir/asmtp-python'"
  echo "export MAILMESH_TEST_CONTEXT_JAVASCRIPT='$dir/context-javascript'"
} >"$dir/env"
for version in $context_versions; do
  client "context-python-$version" "'$dir/venv-$version/bin/python' '$here/python/context_sync.py'"
  echo "export MAILMESH_TEST_CONTEXT_PYTHON_${version//./_}='$dir/context-python-$version'" >>"$dir/env"
done
