import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..connector.core import actions, provisioning

#: What numbers may be given before they are dialled.
NUMBER_START = re.compile(r"[+]?[0-9]{0,15}", re.ASCII)
STRIPPED = re.compile(r"[0-9]{0,15}", re.ASCII)
#: A customer's number, to show what a trunk makes of it.
NATIONAL_EXAMPLE = "2155510200"
NUMBER_EXAMPLE = f"+86{NATIONAL_EXAMPLE}"
#: The secret, and what it is used for: a change there asks for the secret again.
PEER = ("host", "port", "username")
#: Fields that the PBX holds.
PBX_FIELDS = frozenset({"name", "active", "pbx_id", "registers", "new_secret", *PEER})


class CallcenterTrunk(models.Model):
    _name = "callcenter.trunk"
    _inherit = "callcenter.live.mixin"
    _description = "Trunk"
    _order = "sequence, id"

    name = fields.Char(required=True, help="The trunk's section name on the PBX.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    pbx_id = fields.Many2one(
        "callcenter.pbx",
        string="PBX",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["callcenter.pbx"].search([], limit=1),
    )
    company_id = fields.Many2one(related="pbx_id.company_id", store=True)
    host = fields.Char(
        required=True, help="Host name or address of the carrier's SIP server."
    )
    port = fields.Integer(required=True, default=5060)
    username = fields.Char(
        help="Empty for a carrier that knows the PBX by its address."
    )
    secret = fields.Char(string="Carrier Secret", groups=fields.NO_ACCESS, copy=False)
    secret_set = fields.Boolean(string="Secret Is Set", compute="_compute_secret_set")
    new_secret = fields.Char(
        string="Secret",
        compute="_compute_new_secret",
        inverse="_inverse_new_secret",
        help="Written here, never shown: the connector alone reads it.",
    )
    registers = fields.Boolean(
        string="Register with the Carrier",
        help="For carriers that find the PBX by its registration.",
    )
    caller_number = fields.Char(
        string="Caller ID",
        help="The number that customers see; one that the carrier accepts.",
    )
    strip = fields.Char(
        help="Numbers are dialled with their country code, without “+”. Digits that "
        "are taken away at the start of those that begin with them, such as 86.",
    )
    prefix = fields.Char(
        string="Put Before",
        help="Digits, or “+”, that are then put before every number.",
    )
    number_example = fields.Char(
        string="For Instance",
        compute="_compute_number_example",
        help="What the carrier is asked to dial for such a number.",
    )
    max_channels = fields.Integer(
        string="Maximum Channels", help="How many calls at a time; 0 for no limit."
    )
    channels_text = fields.Char(string="Channels", compute="_compute_channels_text")

    status_id = fields.Many2one(
        "callcenter.trunk.status",
        required=True,
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    state = fields.Selection(related="status_id.state")
    state_since = fields.Datetime(related="status_id.since", string="Since")
    rtt_ms = fields.Float(related="status_id.rtt_ms")
    state_text = fields.Char(string="Trunk State", compute="_compute_state_text")

    _name_uniq = models.Constraint(
        "unique(pbx_id, name)", "This PBX has a trunk of this name already."
    )
    _status_uniq = models.Constraint("unique(status_id)", "A trunk has one live state.")
    _max_channels_check = models.Constraint(
        "CHECK (max_channels >= 0)", "A trunk has no less than 0 channels."
    )

    # Secret ------------------------------------------------------------------------

    def _compute_secret_set(self):
        # sudo: callcenter.trunk: tells whether a secret is there, never the secret
        for trunk, trusted in zip(self, self.sudo(), strict=True):
            trunk.secret_set = bool(trusted.secret)

    def _compute_new_secret(self):
        self.new_secret = False

    def _inverse_new_secret(self):
        """Move a secret that was typed in to where nobody can read it."""
        self.check_access("write")
        for trunk in self.filtered("new_secret"):
            if not provisioning.TRUNK_SECRET.fullmatch(trunk.new_secret):
                raise ValidationError(
                    self.env._(
                        "The secret of trunk %(name)s has a character that the PBX "
                        "can't take: no spaces, no “\\”, none outside ASCII.",
                        name=trunk.name,
                    )
                )
            # sudo: callcenter.trunk: who may write the trunk may replace its secret
            trunk.sudo().secret = trunk.new_secret

    # Computed ----------------------------------------------------------------------

    @api.depends("status_id.state", "status_id.rtt_ms")
    @api.depends_context("lang")
    def _compute_state_text(self):
        labels = dict(
            self.env["callcenter.trunk.status"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        for trunk in self:
            label = labels.get(trunk.state, "")
            if trunk.state == "reachable" and trunk.rtt_ms:
                label = self.env._("OK (%(ms).0f ms)", ms=trunk.rtt_ms)
            trunk.state_text = label

    @api.depends("max_channels")
    @api.depends_context("lang")
    def _compute_channels_text(self):
        for trunk in self:
            trunk.channels_text = (
                str(trunk.max_channels)
                if trunk.max_channels
                else self.env._("No limit")
            )

    @api.depends("strip", "prefix")
    def _compute_number_example(self):
        for trunk in self:
            number = NUMBER_EXAMPLE
            if trunk.strip and trunk.strip.isdigit():
                number = f"+{trunk.strip}{NATIONAL_EXAMPLE}"
            trunk.number_example = f"{number} → {trunk._dial_string(number)}"

    # Checks ------------------------------------------------------------------------

    @api.constrains("name", "caller_number", "strip", "prefix")
    def _check_values_for_pbx(self):
        for trunk in self:
            if not actions.TRUNK_NAME.fullmatch(
                trunk.name
            ) or provisioning.TEMPLATE_NAME.fullmatch(trunk.name):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” can't be a trunk's name on the PBX: use letters, "
                        "digits, “-” and “_”.",
                        name=trunk.name,
                    )
                )
            number = trunk.caller_number
            if number and not actions.DIAL_STRING.fullmatch(number):
                raise ValidationError(
                    self.env._(
                        "The caller ID “%(number)s” is no number: use digits, with a "
                        "“+” before them if the carrier wants it.",
                        number=number,
                    )
                )
            if not STRIPPED.fullmatch(trunk.strip or "") or not NUMBER_START.fullmatch(
                trunk.prefix or ""
            ):
                raise ValidationError(
                    self.env._(
                        "What trunk %(name)s strips and puts before numbers must be "
                        "digits; a “+” may be put before them.",
                        name=trunk.name,
                    )
                )

    @api.constrains("host", "port", "username", "registers")
    def _check_carrier(self):
        for trunk in self:
            if not provisioning.HOST.fullmatch(trunk.host or ""):
                raise ValidationError(
                    self.env._(
                        "“%(host)s” is no host name or address of a carrier.",
                        host=trunk.host,
                    )
                )
            if not 0 < trunk.port < 65536:
                raise ValidationError(
                    self.env._("A port is a number from 1 to 65535; usual is 5060.")
                )
            user = trunk.username
            if user and not provisioning.TRUNK_USER.fullmatch(user):
                raise ValidationError(
                    self.env._(
                        "“%(user)s” can't be a carrier's user name: use letters, "
                        "digits and “_ . -”.",
                        user=user,
                    )
                )
            if trunk.registers and not user:
                raise ValidationError(
                    self.env._("A trunk that registers needs a user name and a secret.")
                )

    def _check_secret(self):
        """:raise ValidationError: when a user name has no secret with it"""
        # sudo: callcenter.trunk: looks whether there is a secret
        for trunk in self.sudo():
            if trunk.username and not trunk.secret:
                raise ValidationError(
                    self.env._(
                        "Enter the secret that the carrier gave you for “%(user)s” at "
                        "%(host)s: it is kept for that address alone.",
                        user=trunk.username,
                        host=trunk.host,
                    )
                )

    # CRUD --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        trunks = super().create(vals_list)
        trunks._check_secret()
        trunks.pbx_id._mark_changed()
        return trunks

    def write(self, vals):
        if vals.get("active") is False or "pbx_id" in vals or "name" in vals:
            self._check_no_open_calls()
        moved = self.filtered(
            lambda trunk: any(
                name in vals and (vals[name] or False) != (trunk[name] or False)
                for name in PEER
            )
        )
        pbxs = self.pbx_id
        result = super().write(vals)
        if not vals.get("new_secret"):
            # sudo: callcenter.trunk: a secret never goes to a host it wasn't for
            moved.sudo().secret = False
        if PBX_FIELDS & vals.keys():
            self._check_secret()
            (pbxs | self.pbx_id)._mark_changed()
        return result

    def unlink(self):
        pbxs = self.pbx_id
        result = super().unlink()
        pbxs.exists()._mark_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        calls = self.env["callcenter.call"].sudo()
        # sudo: callcenter.call: counted, not shown
        if calls.search_count([("trunk_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "Calls were made over this trunk: archive it instead, so that they "
                    "keep it."
                )
            )

    def _check_no_open_calls(self):
        """:raise UserError: while calls are on over these trunks"""
        busy = [trunk for trunk, count in self._channels_in_use().items() if count]
        if busy:
            raise UserError(
                self.env._(
                    "Calls are on over the trunk “%(trunk)s”: wait until they have "
                    "ended.",
                    trunk=busy[0].name,
                )
            )

    # Dialing -----------------------------------------------------------------------

    def _channels_in_use(self):
        """:return: dict of trunk -> channels of the calls that are on, in one query"""
        # sudo: callcenter.call: counted, not shown
        rows = (
            self.env["callcenter.call"]
            .sudo()
            ._read_group(
                [
                    ("trunk_id", "in", self.ids),
                    ("kind", "=", "main"),
                    ("state", "!=", "ended"),
                ],
                ["trunk_id"],
                ["channel:array_agg"],
            )
        )
        return dict(rows)

    def _with_free_channel(self, lost=frozenset()):
        """The trunks of these that can take one more call, in their order.

        Those that the PBX can't reach now come last.

        :param lost: pairs of trunk and channel that calls have which this transaction
            doesn't see
        :return: list of pairs of trunk and channel; 0 of a trunk without a limit
        """
        in_use = self._channels_in_use() if any(self.mapped("max_channels")) else {}
        free = []
        for trunk in self.sorted(lambda t: t.state in ("unreachable", "rejected")):
            used = in_use.get(trunk, []) + [n for other, n in lost if other == trunk]
            if not trunk.max_channels:
                free.append((trunk, 0))
            elif len(used) < trunk.max_channels:
                channels = set(range(1, trunk.max_channels + 1)) - set(used)
                free.append((trunk, min(channels)))
        return free

    def _dial_string(self, number_e164):
        """What this trunk is asked to dial.

        :param number_e164: a number in E.164
        """
        self.ensure_one()
        digits = number_e164.removeprefix("+")
        return (self.prefix or "") + (digits.removeprefix(self.strip or "") or digits)

    # Live state: the connector's transactions only ---------------------------------

    def _apply_trunk_changed(self, event, clock):
        values = {"state": event.state, "rtt_ms": event.rtt_ms or 0.0}
        if event.state != self.status_id.state:
            values["since"] = clock.to_datetime(event.at)
        self.status_id.write(values)
        self._tell_live_state("callcenter_outbound/trunk")
