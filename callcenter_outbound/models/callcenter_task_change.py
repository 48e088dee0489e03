from odoo import fields, models


class CallcenterTaskChange(models.Model):
    """An agent's edit of a customer, kept with the task until it is rolled back.

    Values are as JSON carries them: ids of many2one, lists of ids of many2many.
    """

    _name = "callcenter.task.change"
    _description = "Staged Change"
    _order = "task_id, id"
    _rec_name = "field_id"

    task_id = fields.Many2one(
        "callcenter.task", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="task_id.company_id", store=True)
    field_id = fields.Many2one(
        "ir.model.fields",
        string="Contact Field",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    name = fields.Char(related="field_id.name", string="Technical Name")
    agent_id = fields.Many2one("callcenter.agent", readonly=True, ondelete="restrict")
    old_value = fields.Json(readonly=True, help="The contact's when first staged.")
    new_value = fields.Json(readonly=True, help="The agent's.")

    _task_field_uniq = models.Constraint(
        "unique(task_id, field_id)", "This field is staged already."
    )
