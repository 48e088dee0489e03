from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .contact_filter import contact_domain


class CallcenterPackageFill(models.TransientModel):
    """Adds to a package what a filter on contacts finds, or takes it out."""

    _name = "callcenter.package.fill"
    _description = "Add or Remove Customers"

    package_id = fields.Many2one(
        "callcenter.package", required=True, readonly=True, ondelete="cascade"
    )
    operation = fields.Selection(
        [("add", "Add"), ("remove", "Remove")], default="add", required=True
    )
    package_kind = fields.Selection(
        related="package_id.customer_kind", string="Kind of the Package"
    )
    customer_kind = fields.Selection(
        lambda self: (
            self.env["callcenter.package"]
            ._fields["customer_kind"]
            ._description_selection(self.env)
        ),
        string="Customers Are",
        compute="_compute_customer_kind",
        store=True,
        readonly=False,
    )
    contact_domain = fields.Char(string="Filter", default="[]")
    only_with_phone = fields.Boolean(string="Only with a Phone Number")
    match_count = fields.Integer(string="Found", compute="_compute_counts")
    known_count = fields.Integer(string="In the Package", compute="_compute_counts")
    new_count = fields.Integer(string="New", compute="_compute_counts")

    @api.depends("package_id")
    def _compute_customer_kind(self):
        for fill in self:
            fill.customer_kind = fill.package_id.customer_kind

    @api.depends(
        "package_id", "operation", "contact_domain", "only_with_phone", "customer_kind"
    )
    def _compute_counts(self):
        for fill in self:
            fill.match_count, fill.known_count = fill._count()
            fill.new_count = fill.match_count - fill.known_count

    def _count(self):
        """:return: how many contacts are found, how many of them are in the package"""
        if not self.package_id:
            return 0, 0
        contacts = self.env["res.partner"].with_context(
            active_test=self.operation == "add"
        )
        query = contacts._search(self._domain())
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT count(*), count(customer.id)
                  FROM (%s) AS found
             LEFT JOIN callcenter_package_customer customer
                    ON customer.partner_id = found.id AND customer.package_id = %s
                """,
                query.select(),
                self.package_id._origin.id or self.package_id.id,
            )
        )
        return row

    def _domain(self):
        """:return: domain of the contacts that the screen describes"""
        domain = contact_domain(self.env, self.contact_domain)
        if self.only_with_phone:
            domain &= Domain("phone", "not in", [False, ""])
        if self.operation == "add":
            domain &= self.package_id._eligible_domain(self.customer_kind)
        return domain

    def action_add(self):
        """Add what the filter finds, and tell how many they were."""
        self.ensure_one()
        return self.package_id._notice_added(
            *self.package_id._add_customers(self._domain())
        )

    def action_remove(self):
        """Take out what the filter finds, and tell how many they were."""
        self.ensure_one()
        customers = self.env["callcenter.package.customer"]
        return customers._notice_removed(
            *self.package_id._remove_customers(self._domain())
        )
