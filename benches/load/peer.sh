#!/usr/bin/env bash
# peer.sh DIR: installs the npm server of agentsmcp under DIR, pinned as for the tests of its client, for
# `cargo bench --bench load context --peer DIR`. Its SQLite is compiled here: it needs Node.js 20 with its
# headers (Debian: libnode-dev), make, g++ and Python 3.
set -euo pipefail
pins=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../tests/clients/javascript" && pwd)
mkdir -p "$1"
cp "$pins"/package*.json "$1"
cd "$1"
npm ci --silent --no-audit --no-fund --ignore-scripts
# The headers of this Node.js, where they are installed; else they are fetched.
prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
[ ! -e "$prefix/include/node/node_api.h" ] || export npm_config_nodedir=$prefix
npm rebuild --silent --build-from-source better-sqlite3
