from odoo import fields, models


class CallcenterPackageCustomer(models.Model):
    _name = "callcenter.package.customer"
    _description = "Customer of a Package"
    _rec_name = "partner_id"
    _check_company_auto = True
    _order = "id"

    package_id = fields.Many2one(
        "callcenter.package", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="package_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="cascade",
        index=True,
    )

    _package_partner_uniq = models.Constraint(
        "unique(package_id, partner_id)", "This customer is in the package already."
    )
