#!/usr/bin/env bash
# jmap.sh start DIR    Cyrus and Postfix wired together on free loopback ports; how to reach them goes to DIR/env
# jmap.sh stop  DIR
# Mail sent by JMAP goes through Postfix and is delivered to Cyrus over LMTP. agent1@mail.test to agentN@mail.test have
# the password "secret"; unknown*@mail.test gets 550 at RCPT.
#   USERS=N (120)   CYRUS_PREFIX=PREFIX when Cyrus was unpacked and not installed, as beside Dovecot
# Needs root and: apt-get install postfix openssl, and Cyrus as cyrus.sh says.
here=$(cd "$(dirname "$0")" && pwd); . "$here/lib.sh"
cmd=${1:-}; dir=${2:-}; [ -n "$dir" ] || die "usage: $0 start|stop DIR"
stop() { "$here/postfix.sh" stop "$dir/postfix"; "$here/cyrus.sh" stop "$dir/cyrus"; }
case $cmd in
start)
  mkdir -p "$dir/cyrus" "$dir/postfix" "$dir/taken"; dir=$(cd "$dir" && pwd)
  chmod 755 "$dir"   # the servers drop to unprivileged users
  : "${USERS:=120}"
  read -r imap imaps lmtp http smtp submission smtps <<<"$(free_ports 7)"
  IMAP=$imap IMAPS=$imaps LMTP=$lmtp HTTP=$http RELAY=$smtp USERS=$USERS "$here/cyrus.sh" start "$dir/cyrus"
  USERS='' SMTP=$smtp SUBMISSION=$submission SMTPS=$smtps LMTP=$lmtp \
    "$here/postfix.sh" start "$dir/postfix" || { code=$?; stop; exit "$code"; }
  cat > "$dir/env" <<EOT
export MAILMESH_TEST_JMAP=http://127.0.0.1:$http
export MAILMESH_TEST_JMAP_IMAP=127.0.0.1:$imap
export MAILMESH_TEST_JMAP_LMTP=127.0.0.1:$lmtp
export MAILMESH_TEST_JMAP_USERS=$USERS
export MAILMESH_TEST_JMAP_TAKEN='$dir/taken'
export MAILMESH_TEST_JMAP_CONFIG='$dir/cyrus/imapd.conf'
export MAILMESH_TEST_JMAP_PREFIX='${CYRUS_PREFIX:-}'
EOT
  ;;
stop) stop ;;
*) die "usage: $0 start|stop DIR" ;;
esac
