#!/usr/bin/env bash
# install.sh DIR: puts what the plain Python client needs under DIR, from PyPI with the versions
# pinned here, and writes DIR/env, which names the client. What is there already stays.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" && dir=$(cd "$1" && pwd)

command -v python3 >/dev/null || { echo "clients: python3 is not installed; it needs Python 3.10 or newer with venv" >&2; exit 1; }

pins=$(cat "$here/install.sh" "$here/python/requirements.txt" | cksum)
if [ "$pins" != "$(cat "$dir/pins" 2>/dev/null)" ]; then
  rm -rf "$dir/pins" "$dir/venv"
  python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
  echo "$pins" >"$dir/pins"
fi
printf '#!/bin/sh\nexec %s "$@"\n' "'$dir/venv/bin/python' '$here/python/asmtp_client.py'" >"$dir/asmtp-python"
chmod 755 "$dir/asmtp-python"
echo "export MAILMESH_TEST_ASMTP_PYTHON='$dir/asmtp-python'" >"$dir/env"
