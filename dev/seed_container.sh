#!/bin/sh
# Brings the container's database up to the module, then fills in the demonstration.
set -eu

database=$1
here=$(dirname "$0")

/entrypoint.sh odoo --database "$database" --load base,rpc,web --with-demo --no-http \
    --init callcenter_outbound --update callcenter_outbound --stop-after-init
/entrypoint.sh odoo shell --database "$database" --load base,rpc,web --no-http \
    < "$here/seed.py"
