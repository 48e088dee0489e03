import secrets
import string

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..connector.core import actions, provisioning
from .event_clock import to_iso

SECRET_ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 24

#: Fields whose change makes the connector compare its phones with these.
PHONE_FIELDS = frozenset({"number", "active", "phone", "auto_answer", "pbx_id"})
#: Fields that the PBX holds.
PBX_FIELDS = frozenset({"number", "active", "phone", "secret", "pbx_id"})


class CallcenterExtension(models.Model):
    _name = "callcenter.extension"
    _inherit = "callcenter.live.mixin"
    _description = "Extension"
    _order = "pbx_id, number"
    _rec_name = "number"

    number = fields.Char(required=True, help="The SIP user name.")
    name = fields.Char(string="Place", help="Where the phone stands: “Desk 12”.")
    active = fields.Boolean(default=True)
    pbx_id = fields.Many2one(
        "callcenter.pbx",
        string="PBX",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env["callcenter.pbx"].search([], limit=1),
    )
    company_id = fields.Many2one(related="pbx_id.company_id", store=True)
    secret = fields.Char(
        required=True,
        copy=False,
        exportable=False,
        default=lambda self: self._generate_secret(),
        groups="callcenter_outbound.callcenter_outbound_group_manager",
    )
    sip_domain = fields.Char(related="pbx_id.sip_domain")
    phone = fields.Selection(
        [("softphone", "SIP phone"), ("browser", "Browser")],
        default="softphone",
        required=True,
    )
    auto_answer = fields.Boolean(
        help="The phone picks up the agent's own calls by itself, if it understands "
        "the headers for that. The phone in the browser always does.",
    )
    agent_ids = fields.One2many("callcenter.agent", "extension_id")

    status_id = fields.Many2one(
        "callcenter.extension.status",
        required=True,
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    state = fields.Selection(related="status_id.state")
    state_since = fields.Datetime(related="status_id.since", string="Since")
    rtt_ms = fields.Float(related="status_id.rtt_ms")
    address = fields.Char(related="status_id.address")
    user_agent = fields.Char(related="status_id.user_agent")
    state_text = fields.Char(string="Phone State", compute="_compute_state_text")
    waits = fields.Boolean(
        string="Waits for Reload",
        compute="_compute_waits",
        search="_search_waits",
        help="The PBX does not hold the extension as it is here.",
    )
    waits_text = fields.Char(string="Reload", compute="_compute_waits_text")

    _number_uniq = models.Constraint(
        "unique(pbx_id, number)", "This PBX has an extension of this number already."
    )
    _status_uniq = models.Constraint(
        "unique(status_id)", "An extension has one live state."
    )

    @api.model
    def _generate_secret(self):
        return "".join(secrets.choice(SECRET_ALPHABET) for _ in range(SECRET_LENGTH))

    @api.depends("status_id.state", "status_id.rtt_ms")
    @api.depends_context("lang")
    def _compute_state_text(self):
        labels = dict(
            self.env["callcenter.extension.status"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        for extension in self:
            label = labels.get(extension.state, "")
            if extension.state == "reachable":
                label = self.env._("OK (%(ms).0f ms)", ms=extension.rtt_ms)
            extension.state_text = label

    @api.depends("number", "name")
    def _compute_display_name(self):
        for extension in self:
            parts = filter(None, (extension.number, extension.name))
            extension.display_name = " ".join(parts)

    @api.depends("number", "secret", "phone", "active", "pbx_id")
    def _compute_waits(self):
        saved = self.filtered(lambda extension: extension == extension._origin)
        for extension in self - saved:
            # On a form that isn't saved: what waits is what was saved before.
            extension.waits = bool(extension._origin) and extension._origin.waits
        # sudo: callcenter.pbx.section: tells whether there is a difference
        sections = self.env["callcenter.pbx.section"].sudo()
        for pbx, extensions in saved.grouped("pbx_id").items():
            numbers = extensions.mapped("number")
            changes, __ = sections._read_changes(
                pbx, limit=False, kind="extension", names=numbers
            )
            waiting = {change.name for change in changes}
            for extension in extensions:
                extension.waits = extension.number in waiting

    @api.depends("waits")
    @api.depends_context("lang")
    def _compute_waits_text(self):
        for extension in self:
            waits = extension.waits
            extension.waits_text = waits and self.env._("waits for reload")

    @api.model
    def _search_waits(self, operator, value):
        if operator != "in":
            return NotImplemented
        ids = []
        # sudo: callcenter.pbx.section: tells whether there is a difference
        sections = self.env["callcenter.pbx.section"].sudo()
        for pbx in self.env["callcenter.pbx"].search([("active", "=", True)]):
            changes, __ = sections._read_changes(pbx, limit=False)
            ids += [c.res_id for c in changes if c.kind == "extension" and c.res_id]
        return [("id", "in" if True in value else "not in", ids)]

    @api.constrains("number")
    def _check_number(self):
        for extension in self:
            if not actions.EXTENSION_NUMBER.fullmatch(extension.number):
                raise ValidationError(
                    self.env._(
                        "“%(number)s” is no extension number: use 2 to 20 digits.",
                        number=extension.number,
                    )
                )

    @api.constrains("secret")
    def _check_secret(self):
        for extension in self:
            if not provisioning.EXTENSION_SECRET.fullmatch(extension.secret):
                raise ValidationError(
                    self.env._(
                        "The secret of extension %(number)s must have 12 to 64 letters "
                        "or digits (“_ . ~ + / = -” are allowed too).",
                        number=extension.number,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        extensions = super().create(vals_list)
        self.env["callcenter.command"]._notify_settings()
        extensions.pbx_id._mark_changed()
        return extensions

    def write(self, vals):
        if vals.get("active") is False:
            self._check_unused()
        pbxs = self.pbx_id
        result = super().write(vals)
        if PHONE_FIELDS & vals.keys():
            self.env["callcenter.command"]._notify_settings()
        if PBX_FIELDS & vals.keys():
            (pbxs | self.pbx_id)._mark_changed()
        return result

    def unlink(self):
        pbxs = self.pbx_id
        result = super().unlink()
        self.env["callcenter.command"]._notify_settings()
        pbxs._mark_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        """:raise UserError: while agents have these extensions"""
        agents = self.agent_ids
        if agents:
            raise UserError(
                self.env._(
                    "Extension %(number)s is agent %(agent)s's: give the agent another "
                    "one first.",
                    number=agents[0].extension_id.number,
                    agent=agents[0].display_name,
                )
            )

    def action_generate_secret(self):
        """Give these extensions new strong secrets.

        The phones must be told; the PBX takes them up with its next reload.

        :return: true
        :raise AccessError: when called by anyone but a manager
        """
        self.check_access("write")
        for extension in self:
            extension.secret = self._generate_secret()
        return True

    def action_test_call(self):
        """Ring this extension and play back to it what it says.

        :return: true
        :raise UserError: when the PBX or the phone can't be reached
        """
        self.check_access("write")
        self._start_test_call()
        return True

    def _start_test_call(self, agent=None):
        self.ensure_one()
        self.pbx_id._check_can_dial()
        self._check_reachable()
        # sudo: callcenter.command: the outbox; who may test was checked before
        self.env["callcenter.command"].sudo()._enqueue(
            self.pbx_id,
            "echo",
            self.env["callcenter.call"]._new_call_key(),
            payload={
                "extension": self.number,
                "auto_answer": self._answers_by_itself(),
                "agent_timeout": self.pbx_id.agent_ring_seconds,
            },
            agent=agent,
        )

    def _answers_by_itself(self):
        return self.auto_answer or self.phone == "browser"

    def _check_reachable(self):
        """:raise UserError: when this phone would not ring"""
        self.ensure_one()
        if self.state == "reachable":
            return
        if self.phone == "browser":
            raise UserError(
                self.env._(
                    "Your phone in the browser is not registered: open the workspace, "
                    "allow the microphone, and wait until it says “Phone OK”."
                )
            )
        raise UserError(
            self.env._(
                "Your phone %(number)s can't be reached: check that it is on and "
                "registered with the PBX.",
                number=self.number,
            )
        )

    @api.model
    def _read_states(self, pbx):
        """The state that stands here of each phone of a PBX, archived ones too.

        :return: dict of number -> state
        """
        self.flush_model(["number", "pbx_id", "status_id"])
        self.env["callcenter.extension.status"].flush_model(["state"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT extension.number, status.state
                      FROM callcenter_extension extension
                      JOIN callcenter_extension_status status
                        ON status.id = extension.status_id
                     WHERE extension.pbx_id = %s
                    """,
                    pbx.id,
                )
            )
        )

    def _told_phone(self):
        """What stands for all that an agent's page knows of its phone but the state.

        :return: a text, empty for no extension
        """
        if not self:
            return ""
        return f"{self.id} {self.number} {self.phone} {self._answers_by_itself()}"

    def _phone_values(self):
        """What the agent's page shows of the phone."""
        self.ensure_one()
        return {
            "number": self.number,
            "phone": self.phone,
            "answers_by_itself": self._answers_by_itself(),
            "state": self.state,
            "since": to_iso(self.state_since),
            "rtt_ms": self.state == "reachable" and self.rtt_ms,
        }

    def _apply_phone_changed(self, event, clock):
        values = {
            "state": event.state,
            "rtt_ms": event.rtt_ms or 0.0,
            "address": event.address,
            "user_agent": event.user_agent,
        }
        if event.state != self.status_id.state:
            values["since"] = clock.to_datetime(event.at)
        self.status_id.write(values)
        self._tell_live_state("callcenter_outbound/extension")
        for agent in self.agent_ids:
            (agent - agent._settle_state(clock.to_datetime(event.at)))._push_state()
