from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .notice import notice

#: Which contacts a package takes, by its kind. Addresses for invoices or deliveries
#: are nobody to be called.
KINDS = {
    "person": Domain("is_company", "=", False)
    & Domain("type", "not in", ("invoice", "delivery", "other")),
    "company": Domain("is_company", "=", True),
    "any": Domain("is_company", "=", True)
    | Domain("type", "not in", ("invoice", "delivery", "other")),
}


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
    plan_count = fields.Integer(string="Dial Plans", compute="_compute_plan_count")

    def _compute_customer_count(self):
        counts = dict(
            self.env["callcenter.package.customer"]._read_group(
                [("package_id", "in", self.ids)], ["package_id"], ["__count"]
            )
        )
        for package in self:
            package.customer_count = counts.get(package._origin, 0)

    def _compute_plan_count(self):
        counts = dict(
            self.env["callcenter.dial.plan"]._read_group(
                [("package_id", "in", self.ids)], ["package_id"], ["__count"]
            )
        )
        for package in self:
            package.plan_count = counts.get(package._origin, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_planned(self):
        # sudo: callcenter.dial.plan: whoever made it, also archived ones
        plans = self.env["callcenter.dial.plan"].sudo()
        plan = plans.with_context(active_test=False).search(
            [("package_id", "in", self.ids)], limit=1
        )
        if plan:
            raise UserError(
                self.env._(
                    "The dial plan “%(plan)s” works the package “%(package)s”: "
                    "archive the package, or delete the dial plan first.",
                    plan=plan.name,
                    package=plan.package_id.name,
                )
            )

    # Use cases ---------------------------------------------------------------------

    def action_open_customers(self):
        """Open the list of the customers of this package."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "callcenter_outbound.callcenter_package_customer_action"
        )
        return dict(
            action,
            display_name=self.name,
            domain=[("package_id", "=", self.id)],
            context={"default_package_id": self.id, "create": False},
        )

    def action_open_plans(self):
        """Open the dial plans that work this package."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "callcenter_outbound.callcenter_dial_plan_action"
        )
        return dict(
            action,
            domain=[("package_id", "=", self.id)],
            context={"default_package_id": self.id},
        )

    # Customers ---------------------------------------------------------------------

    def _eligible_domain(self, kind=None):
        """Which contacts can be customers of this package.

        Colleagues and our own companies are nobody to be sold to.

        :param kind: a narrower kind than the package's
        """
        self.ensure_one()
        # sudo: res.company: also those that the user doesn't work for
        companies = self.env["res.company"].sudo()._search([], active_test=False)
        return Domain.AND(
            [
                KINDS[self.customer_kind],
                KINDS[kind or self.customer_kind],
                Domain("active", "=", True),
                Domain("company_id", "in", [False, self.company_id.id]),
                Domain("user_ids", "not any!", Domain("share", "=", False)),
                Domain("id", "not any!", companies.subselect("partner_id")),
            ]
        )

    def _add_customers(self, domain):
        """Take all contacts that the user finds with ``domain`` into the package.

        The dial plans that work the package take them too.

        :return: how many were added, how many were there already
        """
        self.ensure_one()
        self.check_access("write")
        self.env.flush_all()
        contacts = self.env["res.partner"]._search(domain)
        [(found, added)] = self.env.execute_query(
            SQL(
                """
                WITH found AS (%(contacts)s),
                     added AS (
                         INSERT INTO callcenter_package_customer (
                             package_id, company_id, partner_id,
                             create_uid, create_date, write_uid, write_date)
                         SELECT %(package)s, %(company)s, id,
                                %(uid)s, %(now)s, %(uid)s, %(now)s
                           FROM found
                          ORDER BY id
                             ON CONFLICT (package_id, partner_id) DO NOTHING
                      RETURNING id
                     )
                SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM added)
                """,
                contacts=contacts.select(),
                package=self.id,
                company=self.company_id.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env["callcenter.package.customer"].invalidate_model(flush=False)
        self.invalidate_recordset(["customer_count"], flush=False)
        self.plan_ids._take_customers()
        return added, found - added

    def _remove_customers(self, domain):
        """Take the customers that the user finds with ``domain`` out of the package.

        :param domain: on contacts
        :return: what :meth:`CallcenterPackageCustomer._remove` returns
        """
        self.ensure_one()
        customers = self.env["callcenter.package.customer"]
        return customers._remove(
            customers.with_context(active_test=False)._search(
                Domain("package_id", "=", self.id) & Domain("partner_id", "any", domain)
            )
        )

    def _notice_added(self, added, known):
        """:return: the action that tells how a package was filled"""
        self.ensure_one()
        if known:
            message = self.env._(
                "%(added)s customers added, %(known)s were in the package already.",
                added=added,
                known=known,
            )
        else:
            message = self.env._("%(added)s customers added.", added=added)
        return notice(message, "success" if added else "info")
