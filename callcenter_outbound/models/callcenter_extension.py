import re
import secrets
import string

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..connector.core import actions
from .event_clock import to_iso

SECRET_ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 24
#: Printable, and nothing that a configuration file would take for its own.
SECRET = re.compile(r"[A-Za-z0-9_.~+/=-]{12,64}", re.ASCII)


#: Fields whose change makes the connector compare its phones with these.
PHONE_FIELDS = frozenset({"number", "active", "phone", "auto_answer", "pbx_id"})


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
            label = labels[extension.state]
            if extension.state == "reachable":
                label = self.env._("OK (%(ms).0f ms)", ms=extension.rtt_ms)
            extension.state_text = label

    @api.depends("number", "name")
    def _compute_display_name(self):
        for extension in self:
            parts = filter(None, (extension.number, extension.name))
            extension.display_name = " ".join(parts)

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
            if not SECRET.fullmatch(extension.secret):
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
        return extensions

    def write(self, vals):
        result = super().write(vals)
        if PHONE_FIELDS & vals.keys():
            self.env["callcenter.command"]._notify_settings()
        return result

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
        for agent in self.agent_ids:
            agent._follow_phone(clock.to_datetime(event.at))
            agent._push_state()
