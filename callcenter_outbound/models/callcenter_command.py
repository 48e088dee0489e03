import logging
from datetime import timedelta

from odoo import api, fields, models

from ..connector.core.values import NOTIFY_CHANNEL, NOTIFY_SETTINGS, Command
from .event_clock import to_iso

_logger = logging.getLogger(__name__)

#: Seconds after which a command that the connector has not taken fails.
DEADLINE_SECONDS = 8
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
        ],
        required=True,
    )
    call_id = fields.Many2one("callcenter.call", ondelete="cascade", index=True)
    agent_id = fields.Many2one("callcenter.agent", ondelete="cascade", index=True)
    call_key = fields.Char(required=True)
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

    _pending_idx = models.Index("(pbx_id, id) WHERE state = 'pending'")

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
        """Fail the commands of ``pbx`` whose deadline has passed; end their calls."""
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

    @api.model
    def _claim(self, pbx, limit):
        """Take the pending commands of ``pbx``: at most once, oldest first.

        :return: list of :class:`Command`, with the seconds left to the deadline
        """
        self._expire(pbx)
        self.flush_model()
        self.env.cr.execute(
            """
            WITH claimed AS (
                SELECT id FROM callcenter_command
                 WHERE pbx_id = %s AND state = 'pending'
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
            (pbx.id, limit),
        )
        seconds_left = dict(self.env.cr.fetchall())
        self.invalidate_model(["state"])
        commands = self.browse(sorted(seconds_left))
        return [
            Command(
                id=command.id,
                kind=command.kind,
                call_key=command.call_key,
                payload=command.payload or {},
                seconds_left=seconds_left[command.id],
            )
            for command in commands
        ]

    def _apply_command_done(self, event, clock):
        self.state = "done"

    def _apply_command_failed(self, event, clock):
        _logger.info("Command %s failed: %s", self.id, event.code)
        self.write({"state": "failed", "error": event.code})
        self._push_failed_test_call(event.code)

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
