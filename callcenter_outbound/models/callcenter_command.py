import logging
from datetime import timedelta

from odoo import api, fields, models

from ..connector.core.values import NOTIFY_CHANNEL, NOTIFY_SETTINGS, Command
from .event_clock import to_iso

_logger = logging.getLogger(__name__)

#: Seconds after which a command that the connector has not taken fails.
DEADLINE_SECONDS = 8
#: Commands that change an agent's live state. The PBX is told of them for its queues'
#: sake; what it makes of that changes nothing here.
AGENT_COMMANDS = ("sign_in", "sign_out", "pause", "resume", "settle")
#: How many old commands one run of the clean-up takes away.
GC_BATCH = 10_000


class CallcenterCommand(models.Model):
    """The outbox to the connector.

    A row is inserted in the user's transaction together with a NOTIFY, which
    PostgreSQL delivers if and when that transaction commits. The row is the truth,
    the NOTIFY a hint.
    """

    _name = "callcenter.command"
    _description = "Command to the PBX"
    _order = "id"
    _rec_name = "kind"

    pbx_id = fields.Many2one(
        "callcenter.pbx", string="PBX", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("originate", "Dial"),
            ("hangup", "Hang up"),
            ("echo", "Test call"),
            ("reload", "Reload"),
            ("sign_in", "Sign in"),
            ("sign_out", "Sign out"),
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("settle", "Wrap-up is over"),
        ],
        required=True,
    )
    call_id = fields.Many2one("callcenter.call", ondelete="cascade", index=True)
    agent_id = fields.Many2one("callcenter.agent", ondelete="cascade", index=True)
    call_key = fields.Char(help="Empty for commands that are about no call.")
    payload = fields.Json(default=dict)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sent", "Sent"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        default="pending",
        required=True,
    )
    deadline = fields.Datetime(required=True, help="By the clock of PostgreSQL.")
    error = fields.Char()
    detail = fields.Char(help="What the PBX said, in its own words.")

    _pending_idx = models.Index("(pbx_id, id) WHERE state = 'pending'")
    _reload_idx = models.Index("(pbx_id, id) WHERE kind = 'reload'")
    _open_agent_idx = models.Index(
        "(agent_id, id) WHERE kind IN ('sign_in', 'sign_out', 'pause', 'resume',"
        " 'settle')"
    )

    @api.model
    def _enqueue(self, pbx, kind, call_key, payload=None, call=None, agent=None):
        """Insert a command and wake the connector when the transaction commits.

        :param pbx: the ``callcenter.pbx`` that carries it out
        :param kind: a key of the field ``kind``
        :param call_key: the channel id that Odoo chose for the agent's leg
        :param payload: what the kind needs beyond that, as JSON carries it
        :return: the command
        """
        command = self.create(
            {
                "pbx_id": pbx.id,
                "kind": kind,
                "call_key": call_key,
                "payload": payload or {},
                "call_id": call.id if call else False,
                "agent_id": agent.id if agent else False,
                "deadline": self.env.cr.now() + timedelta(seconds=DEADLINE_SECONDS),
            }
        )
        self._notify(str(pbx.id))
        return command

    @api.model
    def _notify_settings(self):
        """Make the connectors read their settings again after the commit."""
        self._notify(NOTIFY_SETTINGS)

    @api.model
    def _notify(self, payload):
        self.env.cr.execute("SELECT pg_notify(%s, %s)", (NOTIFY_CHANNEL, payload))

    @api.model
    def _expire(self, pbx):
        """Fail the commands of ``pbx`` whose deadline has passed.

        Their calls end; an agent's state changes even so.
        """
        self.flush_model()
        self.env.cr.execute(
            """
            UPDATE callcenter_command
               SET state = 'failed', error = 'expired'
             WHERE pbx_id = %s AND state = 'pending'
               AND deadline < (clock_timestamp() AT TIME ZONE 'UTC')
         RETURNING id
            """,
            (pbx.id,),
        )
        commands = self.browse(row[0] for row in self.env.cr.fetchall())
        self.invalidate_model(["state", "error"])
        commands.filtered(lambda c: c.kind == "originate").call_id._end_now("not_sent")
        commands._push_failed_test_call("not_sent")
        commands._push_failed_reload()
        commands._apply_to_agents()

    @api.model
    def _abandon(self, pbx):
        """Do what can be done while the PBX can't be told: agents come and go.

        The leader's transactions only, and only while there is no link: commands that
        were sent over the one that fell belong to nobody any more.
        """
        self._expire(pbx)
        commands = self.search(
            [
                ("pbx_id", "=", pbx.id),
                ("kind", "in", AGENT_COMMANDS),
                ("state", "in", ("pending", "sent")),
            ]
        )
        commands.write({"state": "failed", "error": "offline"})
        commands._apply_to_agents()

    @api.model
    def _carry_out_here(self, agent, kind, payload):
        """Change an agent's live state in this transaction: no connector leads.

        What waits for a leader comes first.
        """
        waiting = self.search(
            [
                ("agent_id", "=", agent.id),
                ("kind", "in", AGENT_COMMANDS),
                ("state", "in", ("pending", "sent")),
            ]
        )
        command = self.create(
            {
                "pbx_id": agent.extension_id.pbx_id.id,
                "kind": kind,
                "payload": payload,
                "agent_id": agent.id,
                "deadline": self.env.cr.now(),
            }
        )
        commands = waiting | command
        commands.write({"state": "done"})
        commands._apply_to_agents()

    def _is_overtaken(self):
        """Whether a later command that says the same or the contrary was applied."""
        self.ensure_one()
        kinds = {
            "sign_in": ("sign_in", "sign_out"),
            "sign_out": ("sign_in", "sign_out"),
            "pause": ("pause", "resume", "sign_out"),
            "resume": ("pause", "resume", "sign_out"),
        }.get(self.kind)
        if not kinds:
            return False
        domain = [
            ("agent_id", "=", self.agent_id.id),
            ("kind", "in", kinds),
            ("id", ">", self.id),
            ("state", "in", ("done", "failed")),
        ]
        return bool(self.search_count(domain, limit=1))

    def _apply_to_agents(self):
        """Change the agents' live state as these commands say, oldest first."""
        for command in self.filtered(lambda c: c.kind in AGENT_COMMANDS).sorted("id"):
            command.agent_id._apply_command(command)

    @api.model
    def _claim(self, pbx, limit, kinds=()):
        """Take the pending commands of ``pbx``: at most once, oldest first.

        :param kinds: only these, none for all
        :return: list of :class:`Command`, with the seconds left to the deadline
        """
        self._expire(pbx)
        self.flush_model()
        self.env.cr.execute(
            """
            WITH claimed AS (
                SELECT id FROM callcenter_command
                 WHERE pbx_id = %s AND state = 'pending'
                   AND (%s OR kind IN %s)
                 ORDER BY id LIMIT %s
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE callcenter_command command
               SET state = 'sent'
              FROM claimed
             WHERE command.id = claimed.id
         RETURNING command.id,
                   EXTRACT(EPOCH FROM
                       deadline - (clock_timestamp() AT TIME ZONE 'UTC'))::float
            """,
            (pbx.id, not kinds, tuple(kinds) or ("",), limit),
        )
        seconds_left = dict(self.env.cr.fetchall())
        self.invalidate_model(["state"])
        commands = self.browse(sorted(seconds_left))
        return [
            Command(
                id=command.id,
                kind=command.kind,
                call_key=command.call_key or "",
                payload=command.payload or {},
                seconds_left=seconds_left[command.id],
            )
            for command in commands
        ]

    def _apply_command_done(self, event, clock):
        if self.state in ("done", "failed"):
            return
        self.state = "done"
        self._apply_to_agents()

    def _apply_command_failed(self, event, clock):
        if self.state in ("done", "failed"):
            return
        _logger.info("Command %s failed: %s", self.id, event.code)
        self.write({"state": "failed", "error": event.code, "detail": event.detail})
        self._push_failed_test_call(event.code)
        self._push_failed_reload()
        self._apply_to_agents()

    def _push_failed_test_call(self, reason):
        """Tell the page that asked for a test call why there is none."""
        for command in self.filtered(lambda c: c.kind == "echo" and c.agent_id):
            user = command.agent_id.user_id
            calls = command.env["callcenter.call"].with_context(lang=user.lang)
            user._bus_send(
                "callcenter_outbound/test_call",
                {
                    "message": calls._describe_reason(reason),
                    "requested_at": to_iso(command.create_date),
                },
            )

    # Reloads ------------------------------------------------------------------------

    @api.model
    def _last_reload(self, pbx):
        """:return: the reload that was asked for last, or none"""
        domain = [("pbx_id", "=", pbx.id), ("kind", "=", "reload")]
        return self.search(domain, order="id desc", limit=1)

    def _is_running(self):
        """:return: whether this reload has not ended"""
        return self.state in ("pending", "sent")

    def _push_failed_reload(self):
        for command in self.filtered(lambda c: c.kind == "reload"):
            command.pbx_id._push_reload(
                "failed",
                lambda pbx, c=command: {
                    "message": c.with_env(pbx.env)._describe_failure()
                },
            )

    def _describe_failure(self):
        """Say why a reload failed."""
        self.ensure_one()
        reasons = {
            "refused": self.env._(
                "The PBX refused to take the changes: %(detail)s. Does its "
                "manager.conf let the user write “config” and “system”?",
                detail=self.detail or "",
            ),
            "offline": self.env._(
                "The PBX was not reached: nothing was changed there."
            ),
            "expired": self.env._(
                "The PBX was not reached in time: nothing was changed there."
            ),
            "unknown": self.env._(
                "The link to the PBX fell during the reload: what it has taken is read "
                "back when it is there again."
            ),
            "lost": self.env._(
                "The reload was broken off: what the PBX has taken was read back."
            ),
            "files": self.env._(
                "The PBX could not write the files that Odoo's changes go to "
                "(%(detail)s): the folder “odoo” beside its pjsip_wizard.conf must "
                "belong to Asterisk's user.",
                detail=self.detail or "",
            ),
        }
        return reasons.get(self.error) or self.env._(
            "The reload failed: %(detail)s", detail=self.detail or self.error
        )

    def _apply_reload_progress(self, event, clock):
        if not self._is_running():
            return
        self.pbx_id.status_id.write(
            {"reload_done": event.done, "reload_total": event.total}
        )
        progress = {"done": event.done, "total": event.total}
        self.pbx_id._push_reload("running", lambda pbx: {"progress": progress})

    def _apply_reload_done(self, event, clock):
        """Keep what the PBX holds now; tell what of the waiting changes it took."""
        pbx = self.pbx_id
        sections = self.env["callcenter.pbx.section"]
        before, __ = sections._read_changes(pbx, limit=False)
        pbx._store_sections(event.sections)
        after, __ = sections._read_changes(pbx, limit=False)
        left = {change.key for change in after}
        applied = [change for change in before if change.key not in left]
        refused = [change for change in after if change.what == "refused"]
        self.write({"state": "done", "error": False, "detail": False})
        pbx._push_reload(
            "failed" if refused else "done",
            lambda pbx: {
                "applied": pbx._describe_changes(applied),
                "message": pbx._describe_refused(refused),
            },
        )

    @api.autovacuum
    def _gc_commands(self):
        """Forget what was carried out a week ago; the calls stay."""
        limit = fields.Datetime.now() - timedelta(days=7)
        domain = [
            ("create_date", "<", limit),
            "|",
            ("call_id", "=", False),
            ("call_id.state", "=", "ended"),
        ]
        old = self.search(domain, limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH
