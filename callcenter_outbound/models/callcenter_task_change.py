from odoo import api, fields, models
from odoo.tools.i18n import format_list


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
        for change in self:
            change.old_text = change._to_text(change.old_value)
            change.new_text = change._to_text(change.new_value)

    def _to_text(self, value):
        """:return: a value as people read it"""
        field = self.env["res.partner"]._fields.get(self.name)
        if field is None:
            return str(value)
        if field.relational:
            ids = value if isinstance(value, list) else [value] if value else []
            records = self.env[field.comodel_name].browse(ids).exists()
            return format_list(self.env, records.mapped("display_name"))
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value or "")
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if value is False and field.type in ("float", "integer", "monetary"):
            return "0"
        return "" if value is False else str(value)
