from odoo import api, fields, models
from odoo.tools import SQL

from .contact_values import ContactColumns, ContactTexts, as_list, normal

#: How a change stands, compared with its contact: to decide (without and with a
#: conflict, refused by the contact, impossible), settled, and carried back.
STATUSES = (
    "pending",
    "conflict",
    "refused",
    "problem",
    "accepted",
    "rejected",
    "same",
    "done",
    "undone",
)
#: Statuses that wait for a manager.
TO_DECIDE = ("pending", "conflict", "refused", "problem")
#: Values of a change that nobody has decided on.
UNDECIDED = {
    "decision": "pending",
    "has_other": False,
    "other_value": False,
    "is_seen": False,
    "seen_value": False,
    "refusal": False,
}
NO = SQL("false")
#: Which contacts -> SQL condition.
KINDS = {
    "all": SQL("true"),
    "person": SQL("contact.is_company IS NOT TRUE"),
    "company": SQL("contact.is_company"),
}


class CallcenterTaskChange(models.Model):
    """An agent's edit of a customer, kept with the task until it is rolled back.

    Values are as JSON carries them: ids of many2one, lists of ids of many2many.
    """

    _name = "callcenter.task.change"
    _description = "Staged Change"
    _order = "task_id, id"

    task_id = fields.Many2one(
        "callcenter.task", required=True, readonly=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(related="task_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="task_id.company_id", store=True)
    name = fields.Char(string="Technical Name", required=True, readonly=True)
    label = fields.Char(string="Contact Field", compute="_compute_label")
    agent_id = fields.Many2one(
        "callcenter.agent", required=True, readonly=True, ondelete="restrict"
    )
    old_value = fields.Json(readonly=True, help="The contact's when first staged.")
    new_value = fields.Json(readonly=True, help="The agent's.")
    decision = fields.Selection(
        [("pending", "To Decide"), ("accepted", "Accepted"), ("rejected", "Rejected")],
        default="pending",
        required=True,
        readonly=True,
    )
    has_other = fields.Boolean(
        readonly=True, help="The manager chose a value of his own."
    )
    other_value = fields.Json(readonly=True, help="The manager's.")
    is_seen = fields.Boolean(
        readonly=True, help="The decision was made on another value of the contact."
    )
    seen_value = fields.Json(readonly=True, help="The contact's when decided.")
    refusal = fields.Char(
        readonly=True, help="Why the contact did not take the value when carried back."
    )
    state = fields.Selection(
        [("staged", "Staged"), ("done", "Carried Back"), ("undone", "Undone")],
        default="staged",
        required=True,
        readonly=True,
    )
    rollback_line_id = fields.Many2one(
        "callcenter.rollback.line",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="callcenter_outbound.callcenter_outbound_group_manager",
        help="How it was carried back last.",
    )
    old_text = fields.Char(string="Before", compute="_compute_texts")
    new_text = fields.Char(string="After", compute="_compute_texts")

    _task_name_uniq = models.Constraint(
        "unique(task_id, name)", "This field is staged already."
    )

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_label(self):
        labels = self.env["res.partner"].fields_get(attributes=["string"])
        for change in self:
            change.label = labels.get(change.name, {}).get("string", change.name)

    @api.depends("label")
    def _compute_display_name(self):
        for change in self:
            change.display_name = change.label

    @api.depends("name", "old_value", "new_value")
    @api.depends_context("lang")
    def _compute_texts(self):
        texts = ContactTexts(
            self.env,
            [
                (change.name, value)
                for change in self
                for value in (change.old_value, change.new_value)
            ],
        )
        for change in self:
            change.old_text = texts.text(change.name, change.old_value)
            change.new_text = texts.text(change.name, change.new_value)

    # Carrying back -----------------------------------------------------------------

    def _is_open(self):
        """Whether the contact may lack what this change says."""
        self.ensure_one()
        return self.state != "done"

    def _restage(self, value, agent, held=None):
        """Take another value of an agent's: whatever was decided was of the one before.

        :param held: dict of ``old_value``, when what the contact holds counts anew
        """
        self.write(
            {
                "new_value": value,
                "agent_id": agent.id,
                "state": "staged",
                **UNDECIDED,
                **(held or {}),
            }
        )

    def _target_value(self):
        """:return: what the contact is to hold: the manager's word, or the agent's"""
        return self.other_value if self.has_other else self.new_value

    @api.model
    def _compared(self, where, kind="all"):
        """Compare changes with what their contacts hold now.

        Tags never conflict: what the agent added and took away is carried, whatever
        tags others gave or took meanwhile.

        :param where: SQL condition on the change, alias ``change``
        :param kind: ``person`` or ``company``, for those alone; ``all``
        :return: SQL of rows of ``id``, ``task_id``, ``partner_id``, ``held``,
            ``status`` (see :data:`STATUSES`) and ``problem`` (``field``,
            ``archived``, ``target``, ``choice``, or null)
        """
        self.env.flush_all()
        columns = ContactColumns(
            self.env["res.partner"],
            self._staged_names(where),
            "contact",
            SQL("change.name"),
        )
        return SQL(
            """
            SELECT id, task_id, partner_id, held, problem,
                   CASE
                       WHEN state <> 'staged' THEN state
                       WHEN decision = 'rejected' THEN 'rejected'
                       WHEN problem IS NOT NULL THEN 'problem'
                       WHEN is_done THEN 'same'
                       WHEN NOT is_set AND held <> base THEN 'conflict'
                       WHEN decision = 'accepted' THEN 'accepted'
                       WHEN refusal IS NOT NULL THEN 'refused'
                       ELSE 'pending'
                   END AS status
              FROM (SELECT *, %(problem)s AS problem, %(is_done)s AS is_done
                      FROM (SELECT change.id, change.task_id, change.name, change.state,
                                   change.decision, change.refusal, task.partner_id,
                                   contact.active, %(is_known)s AS is_known,
                                   %(is_set)s AS is_set, %(held)s AS held,
                                   %(old)s AS old, %(base)s AS base,
                                   %(target)s AS target
                              FROM callcenter_task_change change
                              JOIN callcenter_task task ON task.id = change.task_id
                              JOIN res_partner contact ON contact.id = task.partner_id
                             WHERE %(where)s AND %(kind)s) change
                   ) compared
            """,
            problem=self._problem_sql(columns),
            is_done=self._is_done_sql(columns),
            is_known=columns.is_known(),
            is_set=columns.is_set(),
            held=columns.held(),
            old=normal(SQL("change.old_value")),
            base=normal(
                SQL(
                    "CASE WHEN change.is_seen THEN change.seen_value"
                    " ELSE change.old_value END"
                )
            ),
            target=normal(
                SQL(
                    "CASE WHEN change.has_other THEN change.other_value"
                    " ELSE change.new_value END"
                )
            ),
            where=where,
            kind=KINDS[kind],
        )

    def _staged_names(self, where):
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT name FROM callcenter_task_change change WHERE %s",
                where,
            )
        )
        return [name for (name,) in rows]

    def _problem_sql(self, columns):
        """:return: SQL of what keeps a change from being carried back at all"""
        choices = columns.each(
            columns.of_type("selection"),
            lambda field: SQL(
                "target <> 'false' AND NOT (target #>> '{}') = ANY(%s)",
                [str(key) for key in field.get_values(self.env)],
            ),
            otherwise=NO,
        )
        return SQL(
            """
            CASE
                WHEN NOT is_known THEN 'field'
                WHEN NOT active THEN 'archived'
                WHEN %(choice_gone)s THEN 'choice'
                WHEN %(record_gone)s THEN 'target'
                WHEN is_set AND %(tag_gone)s AND NOT %(tags_left)s THEN 'target'
            END
            """,
            choice_gone=choices,
            record_gone=columns.each(
                columns.of_type("many2one"), self._record_gone_sql, otherwise=NO
            ),
            tag_gone=columns.each(
                columns.of_type("many2many"), self._tag_gone_sql, otherwise=NO
            ),
            tags_left=self._tags_left_sql(columns),
        )

    def _is_done_sql(self, columns):
        """:return: SQL: whether the contact holds already what the change says"""
        return SQL(
            "CASE WHEN is_set THEN NOT %s ELSE held = target END",
            self._tags_left_sql(columns),
        )

    def _record_gone_sql(self, field):
        return SQL(
            "CASE WHEN jsonb_typeof(target) = 'number' THEN NOT EXISTS ("
            " SELECT FROM %s one WHERE one.id = target::int) ELSE false END",
            SQL.identifier(self.env[field.comodel_name]._table),
        )

    def _tag_gone_sql(self, field):
        return SQL(
            "EXISTS (SELECT FROM jsonb_array_elements(%(target)s) tag"
            " WHERE NOT %(old)s @> tag AND NOT EXISTS ("
            " SELECT FROM %(table)s one WHERE one.id = tag::int))",
            target=as_list(SQL("target")),
            old=as_list(SQL("old")),
            table=SQL.identifier(self.env[field.comodel_name]._table),
        )

    def _tags_left_sql(self, columns):
        """:return: SQL: whether there is a tag left to give or to take"""
        return columns.each(
            columns.of_type("many2many"),
            lambda field: SQL(
                "(EXISTS (SELECT FROM jsonb_array_elements(%(target)s) tag"
                " JOIN %(table)s one ON one.id = tag::int"
                " WHERE NOT %(old)s @> tag AND NOT %(held)s @> tag)"
                " OR EXISTS (SELECT FROM jsonb_array_elements(%(old)s) tag"
                " WHERE NOT %(target)s @> tag AND %(held)s @> tag))",
                target=as_list(SQL("target")),
                old=as_list(SQL("old")),
                held=as_list(SQL("held")),
                table=SQL.identifier(self.env[field.comodel_name]._table),
            ),
            otherwise=NO,
        )
