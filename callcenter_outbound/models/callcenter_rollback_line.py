from odoo import api, fields, models
from odoo.tools import SQL

from .contact_values import ContactColumns, is_same


class CallcenterRollbackLine(models.Model):
    """A field of a contact as a run wrote it, with what stood there before.

    Values are as in :class:`~.callcenter_task_change.CallcenterTaskChange`. Lines are
    the history: they stay when the agent's edit that they came from is another one.
    """

    _name = "callcenter.rollback.line"
    _description = "Field Carried Back"
    _order = "run_id desc, id"

    run_id = fields.Many2one(
        "callcenter.rollback", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    task_id = fields.Many2one(
        "callcenter.task", readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Contact", readonly=True, ondelete="cascade", index=True
    )
    agent_id = fields.Many2one("callcenter.agent", readonly=True, ondelete="restrict")
    name = fields.Char(string="Technical Name", required=True, readonly=True)
    replaced_value = fields.Json(readonly=True, help="The contact's before.")
    written_value = fields.Json(readonly=True, help="The contact's after.")
    undone = fields.Boolean(readonly=True)
    undo_refusal = fields.Char(
        readonly=True, help="Why an undo left the field as it is."
    )

    _run_idx = models.Index("(run_id, partner_id)")

    def _held(self):
        """:return: dict of line id -> what the contact holds now in the line's field"""
        self.env.flush_all()
        columns = ContactColumns(
            self.env["res.partner"],
            set(self.mapped("name")),
            "contact",
            SQL("line.name"),
        )
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT line.id, %s FROM callcenter_rollback_line line"
                    " JOIN res_partner contact ON contact.id = line.partner_id"
                    " WHERE line.id = ANY(%s)",
                    columns.held(),
                    self.ids,
                )
            )
        )

    @api.model
    def _is_set(self, name):
        field = self.env["res.partner"]._fields.get(name)
        return field is not None and field.type == "many2many"

    def _value_to_undo(self, held):
        """:return: what the contact is to hold again, or None when it holds something
        else than what was written"""
        self.ensure_one()
        if not self._is_set(self.name):
            return self.replaced_value if is_same(held, self.written_value) else None
        before, after = set(self.replaced_value or ()), set(self.written_value or ())
        now = set(held or ())
        given, taken = (after - before) & now, (before - after) - now
        return sorted((now - given) | taken) if given or taken else None
