"""Write addresses, secrets and passwords into the demonstration's records.

Runs in `odoo shell`, which gives `env`. The secrets come from the file that the
variable SECRETS_FILE names; addresses and ports come from variables too, with the
defaults of `make run`.
"""

import json
import os
from pathlib import Path

MODULE = "callcenter_outbound"


def seed(env, secrets: dict, variables: dict) -> None:
    """Write the values into the records; the same values again change nothing."""
    host = variables.get("PBX_HOST", "127.0.0.1")
    domain = variables.get("SIP_DOMAIN", "127.0.0.1")
    sip_port = variables.get("SIP_PORT", "5060")
    ari_port = variables.get("ARI_PORT", "8088")
    websocket = variables.get("WEBSOCKET_URL", f"ws://{domain}:{ari_port}/ws")
    env.ref(f"{MODULE}.callcenter_pbx_demo").write(
        {
            "ami_host": host,
            "ami_port": int(variables.get("AMI_PORT", "5038")),
            "ami_user": secrets["ami_user"],
            "new_ami_secret": secrets["ami_secret"],
            "ari_url": f"http://{host}:{ari_port}/ari",
            "ari_user": secrets["ari_user"],
            "new_ari_secret": secrets["ari_secret"],
            "websocket_url": websocket,
            "sip_domain": domain if sip_port == "5060" else f"{domain}:{sip_port}",
        }
    )
    env.ref(f"{MODULE}.callcenter_trunk_demo").write(
        {
            "host": variables.get("CARRIER_HOST", "127.0.0.1"),
            "port": int(variables.get("CARRIER_SIP_PORT", "5080")),
            "username": "callcenter",
            "new_secret": secrets["trunk_secret"],
        }
    )
    for number, secret in secrets["extensions"].items():
        env.ref(f"{MODULE}.callcenter_extension_{number}_demo").secret = secret
    for login, password in secrets["passwords"].items():
        user = env["res.users"].search([("login", "=", login)])
        user.password = password
    env.cr.commit()


def make_assets(env) -> None:
    """Build the bundles of scripts and styles, so that the first page comes fast."""
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()


seed(env, json.loads(Path(os.environ["SECRETS_FILE"]).read_text()), os.environ)  # noqa: F821
make_assets(env)  # noqa: F821
