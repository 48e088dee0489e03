import io
import logging
import struct
import uuid
import wave
from datetime import UTC, datetime, timedelta

import pytz
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .event_clock import to_iso

_logger = logging.getLogger(__name__)

#: The order in which a call's states follow each other; a call never goes back.
STATES = ("dialing", "ringing", "answered", "ended")
#: Calls whose changes this transaction has yet to push to the agents' pages.
PENDING_PUSHES = "callcenter_outbound.pending_pushes"
#: A recording shorter than the talk by more than this has lost something (s).
RECORDING_TOLERANCE = 1.5
#: After the end of a call the PBX still writes its recording: it is fetched after so
#: long, and taken as it is, finished or not, after so long (s).
RECORDING_CLOSED_SECONDS = 5
RECORDING_SETTLED_SECONDS = 60
WAV_HEADER_BYTES = 44


class CallcenterCall(models.Model):
    """One conversation attempt, or a leg of it.

    Made by ``action_dial``; from then on the events of the PBX alone change it. Times
    stand in Odoo's clock, durations come from the PBX's clock alone.
    """

    _name = "callcenter.call"
    _description = "Call"
    _order = "requested_at desc, order_key desc, id"
    _rec_name = "uniqueid"

    uniqueid = fields.Char(
        required=True,
        readonly=True,
        help="Of a main call: the key that Odoo chose, which is the channel of the "
        "agent's leg too. Of a leg: its channel's.",
    )
    kind = fields.Selection(
        [
            ("main", "Main call"),
            ("outbound", "Outbound leg"),
            ("consult", "Consult"),
            ("three_way", "Three-way"),
            ("transfer", "Transfer"),
        ],
        default="main",
        required=True,
        readonly=True,
    )
    main_id = fields.Many2one(
        "callcenter.call",
        string="Main Call",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    leg_ids = fields.One2many("callcenter.call", "main_id", string="Legs")
    order_key = fields.Integer(
        compute="_compute_order_key",
        store=True,
        aggregator=None,
        help="The main call's id: legs stand right under their main call.",
    )
    task_id = fields.Many2one(
        "callcenter.task",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    plan_id = fields.Many2one(
        "callcenter.dial.plan",
        string="Dial Plan",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    trunk_id = fields.Many2one(
        "callcenter.trunk",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    channel = fields.Integer(
        readonly=True,
        help="Which channel of the trunk it has while it is on; 0 of a trunk without a "
        "limit.",
    )
    contact_record_id = fields.Many2one(
        "callcenter.contact.record", readonly=True, ondelete="set null"
    )
    result_id = fields.Many2one(related="contact_record_id.result_id")
    group_id = fields.Many2one(
        related="plan_id.group_id",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    agent_id = fields.Many2one(
        "callcenter.agent",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    number_id = fields.Many2one(
        "callcenter.task.number",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    number_masked = fields.Char(related="number_id.number_masked")
    pbx_id = fields.Many2one(
        "callcenter.pbx",
        string="PBX",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)

    state = fields.Selection(
        [
            ("dialing", "Dialing"),
            ("ringing", "Ringing"),
            ("answered", "Answered"),
            ("ended", "Ended"),
        ],
        default="dialing",
        required=True,
        readonly=True,
    )
    outcome = fields.Selection(
        [("answered", "Answered"), ("unanswered", "Unanswered")], readonly=True
    )
    agent_ringing = fields.Boolean(readonly=True, help="The agent's phone rings.")
    agent_answered = fields.Boolean(
        readonly=True, help="The agent's phone was picked up."
    )
    requested_at = fields.Datetime(
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        help="When the agent clicked; of a leg: its main call's.",
    )
    dialed_at = fields.Datetime(readonly=True)
    ringing_at = fields.Datetime(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    total_seconds = fields.Float(
        string="Total Time",
        readonly=True,
        digits=(12, 3),
        help="In seconds, from dialing the customer to the end, by the PBX's clock.",
    )
    talk_seconds = fields.Float(
        string="Talk Time",
        readonly=True,
        digits=(12, 3),
        help="In seconds, from the customer's answer to the end, by the PBX's clock.",
    )
    cause = fields.Integer(readonly=True, help="Q.850 cause; 0: none was given.")
    sip_code = fields.Integer(
        string="SIP Code", readonly=True, help="The carrier's answer; 0: none."
    )
    reason = fields.Char(readonly=True, help="Code of what ended the call.")
    message = fields.Char(string="What Happened", compute="_compute_message")
    dial_date = fields.Date(
        readonly=True, help="Day of dialing, in the company's call-center time zone."
    )
    dial_hour = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Hour of dialing, 0 to 23, in the company's call-center time zone.",
    )
    recording_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Recording",
        readonly=True,
        ondelete="set null",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    recording_url = fields.Char(
        string="Recording Address",
        compute="_compute_recording_url",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    recording_seconds = fields.Float(
        string="Recording Length",
        readonly=True,
        digits=(12, 3),
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    listening_ids = fields.One2many(
        "callcenter.listening",
        "call_id",
        string="Heard By",
        groups="callcenter_outbound.callcenter_outbound_group_manager",
    )
    version = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Grows with each change, so that a page can tell old news from new.",
    )

    # A leg's id is its channel's, and two PBXs may give the same to theirs.
    _uniqueid_uniq = models.UniqueIndex(
        "(uniqueid) WHERE kind = 'main'", "This call is recorded already."
    )
    _open_agent_uniq = models.UniqueIndex(
        "(agent_id) WHERE kind = 'main' AND state <> 'ended'",
        "A call is on already: hang up before you dial again.",
    )
    _open_task_uniq = models.UniqueIndex(
        "(task_id) WHERE kind = 'main' AND state <> 'ended'",
        "This customer is being called already.",
    )
    _open_channel_uniq = models.UniqueIndex(
        "(trunk_id, channel) WHERE kind = 'main' AND state <> 'ended' AND channel > 0",
        "Another call has this channel of the trunk.",
    )
    _open_pbx_idx = models.Index("(pbx_id) WHERE kind = 'main' AND state <> 'ended'")
    _main_dial_date_idx = models.Index("(dial_date) WHERE kind = 'main'")
    # Serves the first page of the list, and each later page of a period.
    _order_idx = models.Index("(requested_at DESC, order_key DESC, id)")
    _main_requested_idx = models.Index("(requested_at DESC) WHERE kind = 'main'")

    # Computed ----------------------------------------------------------------------

    @api.depends("state", "outcome", "cause", "sip_code", "reason", "agent_answered")
    @api.depends_context("lang")
    def _compute_message(self):
        for call in self:
            call.message = call._describe()

    @api.depends("main_id")
    def _compute_order_key(self):
        for call in self:
            call.order_key = call.main_id.id or call.id

    @api.depends("recording_attachment_id")
    @api.depends_context("uid")
    def _compute_recording_url(self):
        for call in self:
            call.recording_url = call._recording_address()

    @api.depends("number_masked", "requested_at")
    def _compute_display_name(self):
        for call in self:
            started = fields.Datetime.context_timestamp(call, call.requested_at)
            call.display_name = f"{call.number_masked or ''} {started:%Y-%m-%d %H:%M}"

    def _describe(self):
        """Say in words how the call is, or what ended it."""
        self.ensure_one()
        if self.state != "ended":
            return ""
        if self.outcome == "answered":
            return self.env._("Answered")
        if self.outcome == "unanswered":
            return self._describe_unanswered()
        return self._describe_unreached()

    def _describe_unanswered(self):
        if self.reason == "agent_cancel":
            return self.env._("You hung up before the customer answered.")
        # 404, 480, 486 and 603 are told apart by RFC 3261, 21.4 and 21.6; the causes
        # stand for carriers that speak no SIP to the end (RFC 3398, 8.2.6.1).
        words = (
            ({17}, {486, 600}, self.env._("Busy")),
            ({1}, {404, 604}, self.env._("Vacant number")),
            ({18}, {408}, self.env._("Out of the service area")),
            ({22}, {410}, self.env._("Suspended or changed number")),
            ({20}, {480}, self.env._("Phone powered off or out of reach")),
            ({21}, {403, 603}, self.env._("Rejected")),
            ({27}, {502}, self.env._("Number out of order")),
            ({34, 38, 42}, {503}, self.env._("Network congestion")),
        )
        for _causes, codes, text in words:
            if self.sip_code in codes:
                return text
        for causes, _codes, text in words:
            if self.cause in causes:
                return text
        return self.env._("No answer")

    def _describe_unreached(self):
        return self._describe_reason(self.reason)

    @api.model
    def _describe_reason(self, reason):
        """:return: in words, why a call never reached the customer"""
        return {
            "agent_no_answer": self.env._("Your phone was not picked up."),
            "agent_busy": self.env._("Your phone is busy."),
            "agent_rejected": self.env._("Your phone rejected the call."),
            "agent_unreachable": self.env._(
                "Your phone could not be reached: check that it is registered."
            ),
            "agent_cancel": self.env._("You hung up before the customer was called."),
            "trunk": self.env._(
                "The trunk to the carrier could not take the call: tell your manager."
            ),
            "not_sent": self.env._(
                "The call could not be made in time and was given up: the connector "
                "or the PBX did not answer. Nobody was called."
            ),
            "lost": self.env._(
                "The PBX lost this call: it was restarted or broke down meanwhile."
            ),
        }.get(reason, self.env._("The call could not be made."))

    # Dialing -----------------------------------------------------------------------

    @api.model
    def _new_call_key(self):
        return str(uuid.uuid4())

    @api.model
    def _start(self, task_id, agent, number):
        """Create a call and the command that makes it, in one transaction.

        :return: the main call, in the state ``dialing``
        """
        pbx = agent.extension_id.pbx_id
        trunk, channel = pbx._pick_channel()
        call = self.create(
            {
                "uniqueid": self._new_call_key(),
                "kind": "main",
                "state": "dialing",
                "task_id": task_id,
                "plan_id": self.env["callcenter.task"].browse(task_id).plan_id.id,
                "agent_id": agent.id,
                "number_id": number.id,
                "pbx_id": pbx.id,
                "trunk_id": not channel and trunk.id,
                "company_id": agent.company_id.id,
            }
        )
        if channel:
            call._take_channel(trunk, channel)
        self.env["callcenter.command"]._enqueue(
            pbx,
            "originate",
            call.uniqueid,
            payload=call._prepare_originate(),
            call=call,
            agent=agent,
        )
        return call

    def _take_channel(self, trunk, channel):
        """Give this call, which is being begun, a channel of a trunk, or the next one.

        A transaction sees the calls that were there when it began; of those that others
        begin in the same instant the index alone knows. It lets one of two take the
        channel, when the other goes on to the next.

        :raise UserError: when no trunk of the PBX has one
        """
        self.flush_recordset()
        lost = set()
        while not self._try_channel(trunk, channel):
            lost.add((trunk, channel))
            trunk, channel = self.pbx_id._pick_channel(lost)
        self.invalidate_recordset(["trunk_id", "channel"], flush=False)

    def _try_channel(self, trunk, channel):
        """:return: whether no other call has this channel"""
        query = SQL(
            "UPDATE callcenter_call SET trunk_id = %s, channel = %s WHERE id = %s",
            trunk.id,
            channel,
            self.id,
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
        except UniqueViolation:
            return False
        return True

    def _prepare_originate(self):
        """What the PBX needs to know to make this call."""
        self.ensure_one()
        pbx, trunk = self.pbx_id, self.trunk_id
        extension = self.agent_id.extension_id
        plan = self.plan_id
        return {
            "extension": extension.number,
            "number": trunk._dial_string(self.number_id.number_e164),
            "trunk": trunk.name,
            "caller_id": plan.caller_number or trunk.caller_number or "",
            "agent_timeout": pbx.agent_ring_seconds,
            "dial_timeout": pbx.customer_ring_seconds,
            "record": pbx.record_calls and plan.record_calls,
            "auto_answer": extension._answers_by_itself(),
        }

    def action_give_up(self):
        """End calls whose PBX does not come back, so that their agents can go on.

        :return: true
        :raise AccessError: when called by anyone but a manager
        :raise UserError: while the PBX is connected: it knows better
        """
        if not self.env.user.has_group(
            "callcenter_outbound.callcenter_outbound_group_manager"
        ):
            raise AccessError(self.env._("Only managers give calls up."))
        self.check_access("read")
        for pbx in self.pbx_id:
            if pbx.state == "online" and pbx._with_leader():
                raise UserError(
                    self.env._(
                        "The PBX “%(pbx)s” is connected and will tell how this call "
                        "ends.",
                        pbx=pbx.name,
                    )
                )
        # sudo: callcenter.call: nobody writes calls by hand
        self.filtered(lambda call: call.kind == "main").sudo()._end_now("lost")
        return True

    # Events: the connector's transactions only -------------------------------------

    @api.model
    def _read_open(self, pbx_id):
        """The calls of a PBX that have not ended.

        :return: list of (call key, state of the command that makes it, age in seconds)
        """
        self.flush_model()
        self.env["callcenter.command"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT call.uniqueid, COALESCE(command.state, 'done'),
                       EXTRACT(EPOCH FROM (clock_timestamp() AT TIME ZONE 'UTC')
                                          - call.requested_at)::float
                  FROM callcenter_call call
                  LEFT JOIN callcenter_command command
                    ON command.call_id = call.id AND command.kind = 'originate'
                 WHERE call.pbx_id = %s AND call.kind = 'main'
                   AND call.state <> 'ended'
                """,
                pbx_id,
            )
        )

    def _end_now(self, reason):
        """End calls of which the PBX will tell nothing more."""
        now = fields.Datetime.now()
        for call in self.filtered(lambda call: call.state != "ended"):
            values = {"state": "ended", "ended_at": now, "reason": reason}
            if call.dialed_at and not call.outcome:
                values["outcome"] = "unanswered"
            call._change_with_leg(values)
            call.agent_id._after_call(call)
        self._push_changes()

    def _apply_agent_dialed(self, event, clock):
        if self.state != "ended":
            self.agent_id._set_state("dialing", clock.to_datetime(event.at))

    def _apply_agent_ringing(self, event, clock):
        if self.state != "ended":
            self._change({"agent_ringing": not self.agent_answered})

    def _apply_agent_answered(self, event, clock):
        self._change({"agent_ringing": False, "agent_answered": True})

    def _apply_customer_dialed(self, event, clock):
        dialed_at = clock.to_datetime(event.at)
        self._change(
            {"agent_answered": True, "agent_ringing": False, **self._dialed(dialed_at)}
        )
        self._ensure_leg(event.uniqueid, dialed_at)
        if self.state != "ended":
            self.agent_id._set_state("ringing", dialed_at)

    def _apply_customer_ringing(self, event, clock):
        self._change_with_leg(
            {"state": "ringing", "ringing_at": clock.to_datetime(event.at)}
        )

    def _apply_customer_answered(self, event, clock):
        answered_at = clock.to_datetime(event.at)
        self._change_with_leg(
            {"state": "answered", "outcome": "answered", "answered_at": answered_at}
        )
        if self.state != "ended":
            self.agent_id._set_state("talking", answered_at)

    def _apply_call_ended(self, event, clock):
        if self.state == "ended":
            return
        ended_at = clock.to_datetime(event.at)
        values = {
            "state": "ended",
            "ended_at": ended_at,
            "cause": event.cause,
            "sip_code": event.sip_code,
            "reason": event.reason,
            "agent_ringing": False,
        }
        if event.dialed_at is not None:
            dialed_at = clock.to_datetime(event.dialed_at)
            self._ensure_leg(event.uniqueid, dialed_at)
            values.update(
                self._dialed(dialed_at),
                ringing_at=clock.to_datetime(event.ringing_at),
                answered_at=clock.to_datetime(event.answered_at),
                total_seconds=event.at - event.dialed_at,
            )
        if event.answered_at is not None:
            values["talk_seconds"] = event.at - event.answered_at
        if self.answered_at or event.answered_at is not None:
            values["outcome"] = "answered"
        elif self.dialed_at or event.dialed_at is not None:
            values["outcome"] = "unanswered"
        self._change_with_leg(values)
        self.agent_id._after_call(self)

    def _dialed(self, dialed_at):
        """The values of a call whose customer was dialled at ``dialed_at``."""
        local = pytz.utc.localize(dialed_at).astimezone(
            pytz.timezone(self.company_id.callcenter_tz)
        )
        return {
            "dialed_at": dialed_at,
            "dial_date": local.date(),
            "dial_hour": local.hour,
        }

    def _outbound_leg(self):
        return self.leg_ids.filtered(lambda leg: leg.kind == "outbound")

    def _ensure_leg(self, uniqueid, dialed_at):
        """Create contact record and outbound leg unless they are there."""
        if self._outbound_leg():
            return
        self.contact_record_id = self.env["callcenter.contact.record"].create(
            {
                "call_id": self.id,
                "task_id": self.task_id.id,
                "plan_id": self.plan_id.id,
                "agent_id": self.agent_id.id,
                "company_id": self.company_id.id,
            }
        )
        self.create(
            {
                "uniqueid": uniqueid or self.uniqueid,
                "kind": "outbound",
                "main_id": self.id,
                "task_id": self.task_id.id,
                "plan_id": self.plan_id.id,
                "contact_record_id": self.contact_record_id.id,
                "agent_id": self.agent_id.id,
                "number_id": self.number_id.id,
                "pbx_id": self.pbx_id.id,
                "trunk_id": self.trunk_id.id,
                "company_id": self.company_id.id,
                "requested_at": self.requested_at,
                **self._dialed(dialed_at),
            }
        )

    def _change_with_leg(self, values):
        for call in self | self._outbound_leg():
            call._change(values)

    def _change(self, values):
        """Write what ``values`` adds: states go forward, times are set once."""
        self.ensure_one()
        values = {
            name: value
            for name, value in values.items()
            if value != self[name]
            and not (name.endswith("_at") and self[name])
            and not (name.endswith("_at") and not value)
        }
        if "state" in values and (
            STATES.index(values["state"]) <= STATES.index(self.state)
        ):
            del values["state"]
        if not values:
            return
        self.write({**values, "version": self.version + 1})
        if self.kind == "main":
            # Not in the data of `precommit`: a savepoint's flush empties it.
            pending = self.env.cr.cache.setdefault(PENDING_PUSHES, set())
            pending.add(self.id)

    # The page ----------------------------------------------------------------------

    def _push_changes(self):
        """Tell the agents' pages of the calls that this transaction changed."""
        ids = self.env.cr.cache.pop(PENDING_PUSHES, ())
        for call in self.browse(ids):
            user = call.agent_id.user_id
            localized = call.with_context(lang=user.lang)
            user._bus_send("callcenter_outbound/call", localized._page_values())

    def _page_values(self):
        """What the agent's page shows of a call; false for none."""
        if not self:
            return False
        self.ensure_one()
        return {
            "id": self.id,
            "task_id": self.task_id.id,
            "plan_id": self.plan_id.id,
            "contact_record_id": self.contact_record_id.id,
            "title": self.task_id.title,
            "kind": self.kind,
            "state": self.state,
            "outcome": self.outcome,
            "cause": self.cause,
            "sip_code": self.sip_code,
            "reason": self.reason or "",
            "message": self.message,
            "number_masked": self.number_masked or "",
            "requested_at": to_iso(self.requested_at),
            "dialed_at": to_iso(self.dialed_at),
            "ringing_at": to_iso(self.ringing_at),
            "answered_at": to_iso(self.answered_at),
            "ended_at": to_iso(self.ended_at),
            "talk_seconds": self.talk_seconds,
            "total_seconds": self.total_seconds,
            "agent_ringing": self.agent_ringing,
            "agent_answered": self.agent_answered,
            "version": self.version,
        }

    # Recordings --------------------------------------------------------------------

    @api.model
    def _expecting_recordings(self, pbx, names):
        """Which of the recordings on the PBX may be fetched now.

        One that is here already is named too: fetching it again ends in its deletion
        there, which must have failed before.

        :param names: the recordings' names, which are the calls' keys
        :return: list of names whose call has ended long enough ago
        """
        calls = self.search(
            [
                ("pbx_id", "=", pbx.id),
                ("uniqueid", "in", names),
                ("kind", "=", "main"),
                ("state", "=", "ended"),
            ]
        )
        # A domain compares whole seconds.
        limit = _seconds_ago(RECORDING_CLOSED_SECONDS)
        return [call.uniqueid for call in calls if call.ended_at <= limit]

    def _store_recording(self, content):
        """Attach the recording of this call.

        The attachment has no ``res_id`` and isn't public: whoever could read the call
        could stream it otherwise, past the check and the log of our controller.

        :param content: a WAV file
        :return: whether it is attached; false while the PBX may still write it
        :raise ValueError: when ``content`` is no WAV file
        """
        self.ensure_one()
        settled = self.ended_at <= _seconds_ago(RECORDING_SETTLED_SECONDS)
        if not settled and is_unfinished(content):
            return False
        content, seconds = complete_recording(content)
        if seconds < self.talk_seconds - RECORDING_TOLERANCE:
            if not settled:
                return False
            _logger.warning(
                "The recording of call %s is %.1f s long, the talk was %.1f s: the "
                "PBX's disk may be full",
                self.uniqueid,
                seconds,
                self.talk_seconds,
            )
        self.recording_attachment_id = self.env["ir.attachment"].create(
            {
                "name": f"{self.uniqueid}.wav",
                "raw": content,
                "mimetype": "audio/wav",
                "res_model": False,
                "res_id": False,
            }
        )
        self.recording_seconds = seconds
        return True

    def _recording_address(self):
        """:return: where the user hears this call; false when there is nothing to hear,
        or not for this user"""
        self.ensure_one()
        # sudo: callcenter.call: whether there is a recording
        has_recording = bool(self.sudo().recording_attachment_id)
        return (
            has_recording
            and self._is_open_to_listener()
            and f"/callcenter_outbound/recording/{self.id}"
        )

    def _is_open_to_listener(self):
        """Whether the user may hear this call, if he may read it.

        Managers hear all, supervisors the calls of their groups' plans, agents their
        own if the plan lets them.
        """
        user = self.env.user
        if user.has_group("callcenter_outbound.callcenter_outbound_group_manager"):
            return True
        # sudo: callcenter.call: whose it is
        call = self.sudo()
        if user.has_group("callcenter_outbound.callcenter_outbound_group_supervisor"):
            supervisors = call.plan_id.group_id.supervisor_ids
            if user in supervisors:
                return True
        return call.plan_id.agents_listen and call.agent_id.user_id == user

    def _require_listener(self):
        """:raise AccessError: unless the user may hear this call's recording"""
        self.ensure_one()
        self.check_access("read")
        if not self._is_open_to_listener():
            raise AccessError(self.env._("This recording is not for you to hear."))


def _seconds_ago(seconds):
    """:return: naive UTC to the millisecond, which ``fields.Datetime.now`` cuts off"""
    return datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=seconds)


def is_unfinished(content):
    """Whether the PBX has not yet written the lengths into a WAV file's header."""
    if len(content) < WAV_HEADER_BYTES:
        return True
    (size,) = struct.unpack_from("<I", content, WAV_HEADER_BYTES - 4)
    return size == 0


def complete_recording(content):
    """Put the lengths into the header of a recording that was cut off.

    Asterisk writes them when it closes the file; one that was killed never does, and
    a player then finds nothing to play.

    :param content: a WAV file of PCM with the plain header of 44 bytes
    :return: the WAV file with the lengths as they are, and its length in seconds
    :raise ValueError: when ``content`` is no WAV file
    """
    content = _with_lengths(content)
    try:
        with wave.open(io.BytesIO(content)) as recording:
            return content, recording.getnframes() / recording.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError("This is no WAV file") from error


def _with_lengths(content):
    """Fill in the lengths of RIFF and data where the header says 0."""
    size = len(content) - WAV_HEADER_BYTES
    if size < 0 or not is_unfinished(content):
        return content
    header = bytearray(content[:WAV_HEADER_BYTES])
    struct.pack_into("<I", header, 4, WAV_HEADER_BYTES - 8 + size)
    struct.pack_into("<I", header, WAV_HEADER_BYTES - 4, size)
    return bytes(header) + content[WAV_HEADER_BYTES:]
