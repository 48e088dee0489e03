from odoo import fields, models


class CallcenterPackage(models.Model):
    """A set of customers to be dialled."""

    _name = "callcenter.package"
    _description = "Customer Package"
    _order = "id desc"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    note = fields.Text()
    customer_kind = fields.Selection(
        [("person", "Persons"), ("company", "Companies"), ("any", "Both")],
        string="Customers Are",
        default="person",
        required=True,
    )
    customer_count = fields.Integer(
        string="Customers", compute="_compute_customer_count"
    )
    plan_ids = fields.One2many("callcenter.dial.plan", "package_id")

    def _compute_customer_count(self):
        counts = dict(
            self.env["callcenter.package.customer"]._read_group(
                [("package_id", "in", self.ids)], ["package_id"], ["__count"]
            )
        )
        for package in self:
            package.customer_count = counts.get(package, 0)
