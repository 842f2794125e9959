#!/usr/bin/env bash
# Measures a mailbox over SMTP and IMAP beside that of the Python package mailmesh, on a Dovecot and a Postfix that it
# starts on loopback, and stops. The package comes from PyPI, pinned, into target/mailmesh-python.
#
#   benches/mailbox.sh [--test]
#
#   --test   everything once, to see that it works
#
# Needs root and: apt-get install dovecot-imapd dovecot-lmtpd dovecot-submissiond postfix openssl python3-venv
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  # What the tests are built with, so that little is built again.
  --test) bench=(cargo bench --quiet --workspace --all-features --bench mailbox --profile dev) ;;
  '') bench=(cargo bench --quiet -p mailmesh-benches --bench mailbox) ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' benches/mailbox.sh >&2; exit 2 ;;
esac

"${bench[@]}" --no-run
tests/clients/mailmesh/install.sh target/mailmesh-python
. target/mailmesh-python/env
scratch=$(mktemp -d) && chmod 755 "$scratch" # the servers drop to unprivileged users
trap 'test-servers/servers.sh stop "$scratch"; rm -rf "$scratch"' EXIT
test-servers/servers.sh start "$scratch"
. "$scratch/env"
"${bench[@]}" -- "$@"
