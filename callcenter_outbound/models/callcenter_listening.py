import re
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: A program that names no listening and asks for a part goes on with what it has
#: begun to hear so long ago at most.
LISTENING_TIME = timedelta(hours=1)
TOKEN_LIMIT = 64
NOT_TOKEN = re.compile(r"[^A-Za-z0-9-]")


class CallcenterListening(models.Model):
    """One time that somebody heard the recording of a call; written by the route alone.

    A player asks for a recording part by part, and again where one jumps to: all that
    bears one token is one listening.
    """

    _name = "callcenter.listening"
    _description = "Listening"
    _order = "id desc"
    _rec_name = "call_id"

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict", index=True
    )
    call_id = fields.Many2one(
        "callcenter.call", required=True, readonly=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(related="call_id.plan_id")
    agent_id = fields.Many2one(related="call_id.agent_id")
    task_id = fields.Many2one(related="call_id.task_id", string="Customer")
    token = fields.Char(required=True, readonly=True, export_string_translation=False)

    _listening_uniq = models.UniqueIndex(
        "(call_id, user_id, token)", "This listening is recorded already."
    )

    @api.model
    def _record(self, call, token, is_part):
        """Note that the user hears ``call``, unless that listening is noted already.

        :param token: what the player calls this listening; empty: none was named
        :param is_part: whether a part alone was asked for
        """
        if not token and is_part and self._goes_on(call):
            return
        token = NOT_TOKEN.sub("", token)[:TOKEN_LIMIT] or str(uuid.uuid4())
        now = fields.Datetime.now()
        # Two requests of one player may come at once: the index settles who is first.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO callcenter_listening
                       (call_id, user_id, token, create_uid, create_date,
                        write_uid, write_date)
                VALUES (%(call)s, %(user)s, %(token)s, %(user)s, %(now)s,
                        %(user)s, %(now)s)
                ON CONFLICT (call_id, user_id, token) DO NOTHING
                """,
                call=call.id,
                user=self.env.uid,
                # Whoever always says the same is noted each day.
                token=f"{token} {now:%Y-%m-%d}",
                now=now,
            )
        )
        self.invalidate_model()
        call.invalidate_recordset(["listening_ids"])

    def _goes_on(self, call):
        """Whether the user began to hear ``call`` lately."""
        # sudo: callcenter.listening: the user's own
        return bool(
            self.sudo().search_count(
                [
                    ("call_id", "=", call.id),
                    ("user_id", "=", self.env.uid),
                    ("create_date", ">", fields.Datetime.now() - LISTENING_TIME),
                ],
                limit=1,
            )
        )
