from odoo import fields, models

#: The best score there is.
FULL_SCORE = 100


class CallcenterInspection(models.Model):
    """The quality check of a customer who was done with success.

    One for each contact record of that status: made when the record is saved or
    corrected, judged by a supervisor.
    """

    _name = "callcenter.inspection"
    _description = "Inspection"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "task_id"
    # Whoever may read an inspection may write a note under it.
    _mail_post_access = "read"

    contact_record_id = fields.Many2one(
        "callcenter.contact.record", required=True, readonly=True, ondelete="cascade"
    )
    call_id = fields.Many2one(
        related="contact_record_id.call_id", store=True, index=True
    )
    task_id = fields.Many2one(
        related="contact_record_id.task_id", string="Customer", store=True, index=True
    )
    plan_id = fields.Many2one(
        related="contact_record_id.plan_id", store=True, index=True
    )
    agent_id = fields.Many2one(
        related="contact_record_id.agent_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contact_record_id.company_id", store=True)
    verdict = fields.Selection(
        [("pending", "To Inspect"), ("passed", "Passed"), ("failed", "Failed")],
        default="pending",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    score = fields.Integer(
        copy=False, tracking=True, aggregator="avg", help="0 to 100 points."
    )
    reason = fields.Text(copy=False, tracking=True)
    inspector_id = fields.Many2one("res.users", readonly=True, copy=False)
    inspected_at = fields.Datetime(string="Inspected On", readonly=True, copy=False)

    _contact_record_uniq = models.Constraint(
        "unique(contact_record_id)", "This contact record is inspected already."
    )
    _score_range = models.Constraint(
        f"CHECK(score BETWEEN 0 AND {FULL_SCORE})", "A score is 0 to 100 points."
    )
