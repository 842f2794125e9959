#!/usr/bin/env bash
# servers.sh start DIR    Dovecot and Postfix wired together on free loopback ports; how to reach them goes to DIR/env
# servers.sh stop  DIR
# Mail sent by SMTP is delivered over LMTP and read over IMAP. One throw-away CA (DIR/ca.pem) signs all TLS ports.
# Every address of mail.test exists with the password "secret", but unknown*@mail.test gets 550 at RCPT.
# Needs root and: apt-get install dovecot-imapd dovecot-lmtpd dovecot-submissiond postfix openssl
here=$(cd "$(dirname "$0")" && pwd); . "$here/lib.sh"
cmd=${1:-}; dir=${2:-}; [ -n "$dir" ] || die "usage: $0 start|stop DIR"
stop() { "$here/postfix.sh" stop "$dir/postfix"; "$here/dovecot.sh" stop "$dir/dovecot"; }
case $cmd in
start)
  mkdir -p "$dir/dovecot" "$dir/postfix"; dir=$(cd "$dir" && pwd)
  chmod 755 "$dir"   # the servers drop to unprivileged users
  make_cert "$dir"
  for part in dovecot postfix; do cp -p "$dir/ca.pem" "$dir/cert.pem" "$dir/key.pem" "$dir/$part/"; done
  read -r imap imaps lmtp relayed auth smtp submission smtps <<<"$(free_ports 8)"
  IMAP=$imap IMAPS=$imaps LMTP=$lmtp SUBMISSION=$relayed AUTH=$auth RELAY=$smtp ANYONE=secret \
    "$here/dovecot.sh" start "$dir/dovecot"
  SMTP=$smtp SUBMISSION=$submission SMTPS=$smtps LMTP=$lmtp SASL=$auth \
    "$here/postfix.sh" start "$dir/postfix" || { code=$?; stop; exit "$code"; }
  cat > "$dir/env" <<EOT
export MAILMESH_TEST_IMAP=127.0.0.1:$imap
export MAILMESH_TEST_IMAPS=127.0.0.1:$imaps
export MAILMESH_TEST_LMTP=127.0.0.1:$lmtp
export MAILMESH_TEST_SMTP=127.0.0.1:$smtp
export MAILMESH_TEST_SMTPS=127.0.0.1:$smtps
export MAILMESH_TEST_SUBMISSION=127.0.0.1:$submission
export MAILMESH_TEST_CA_FILE='$dir/ca.pem'
export MAILMESH_TEST_DOMAIN=mail.test
export MAILMESH_TEST_PASSWORD=secret
EOT
  ;;
stop) stop ;;
*) die "usage: $0 start|stop DIR" ;;
esac
