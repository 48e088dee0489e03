#!/bin/sh
# Writes the configuration of one Asterisk, then becomes it.
#   entrypoint.sh pbx|carrier [options of configure.py]
set -eu

here=$(dirname "$0")
role=$1
shift

# Where the package has put them depends on the machine.
for MODULE_DIR in /usr/lib/*/asterisk/modules; do export MODULE_DIR; done

python3 "$here/configure.py" "$here/$role" /etc/asterisk --environment "$@"
exec asterisk -f
