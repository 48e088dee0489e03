#!/bin/sh
# Writes the configuration of one Asterisk, then becomes it.
#   entrypoint.sh pbx|carrier [options of configure.py]
set -eu

here=$(dirname "$0")
role=$1
shift

python3 "$here/configure.py" "$here/$role" /etc/asterisk --environment "$@"
exec asterisk -f
