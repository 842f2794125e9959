#!/usr/bin/env bash
# install.sh DIR: puts the Python package mailmesh under DIR, from PyPI with the versions pinned here, and
# writes DIR/env, which names the command that drives it. What is there already stays.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" && dir=$(cd "$1" && pwd)

command -v python3 >/dev/null || { echo "mailmesh: python3 is not installed; it needs Python 3.11 or newer with venv" >&2; exit 1; }

pins=$(cat "$here/install.sh" "$here/requirements.txt" | cksum)
if [ "$pins" != "$(cat "$dir/pins" 2>/dev/null)" ]; then
  rm -rf "$dir/pins" "$dir/venv"
  python3 -m venv "$dir/venv"
  # It asks for Python 3.12, uses nothing that 3.11 lacks, and 3.11 is what Debian 12 has.
  "$dir/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
    -r "$here/requirements.txt"
  echo "$pins" >"$dir/pins"
fi

printf "#!/bin/sh\nexec '%s' '%s' \"\$@\"\n" "$dir/venv/bin/python" "$here/mailbox.py" >"$dir/mailbox"
chmod 755 "$dir/mailbox"
echo "export MAILMESH_TEST_PYTHON_MAILBOX='$dir/mailbox'" >"$dir/env"
