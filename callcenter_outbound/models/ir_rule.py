from odoo import api, models
from odoo.fields import Domain
from odoo.tools import ormcache


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _compute_domain(self, model_name, mode="read"):
        """Take from agents in confinement what names a contact out of their sight.

        A many2one shows the name of what it leads to past all rules, and rows beside a
        contact hold more of it than its name (an address, an account, a message): so a
        row that leads to a contact out of sight is out of sight itself, in each model,
        of whatever module.
        """
        domain = super()._compute_domain(model_name, mode)
        if self.env.su or not self.env.user._is_confined_agent():
            return domain
        return domain & self._confined_domain(model_name)

    @api.model
    @ormcache(
        "self.env.uid", "model_name", "tuple(self._compute_domain_context_values())"
    )
    def _confined_domain(self, model_name):
        """:return: the domain of the rows that name no contact out of sight"""
        model = self.env[model_name]
        if model_name == "res.partner" or not model._auto:
            return Domain.TRUE
        domain = Domain.TRUE
        for name in self._fields_to_contacts(model):
            visible = self._compute_domain("res.partner", "read")
            domain &= Domain(name, "=", False) | Domain(name, "any", visible)
        return (domain & self._confined_mail_domain(model_name)).optimize(model)

    @api.model
    def _confined_mail_domain(self, model_name):
        """What Odoo lets those read whom it is addressed to, past their other rights.

        :return: the domain of what is about no contact, and no other user's business
        """
        if model_name not in ("mail.activity", "mail.message", "mail.notification"):
            return Domain.TRUE
        user = self.env.user
        own = user.partner_id
        known = (own | user.company_ids.partner_id).ids
        if model_name == "mail.activity":
            return Domain("res_model", "!=", "res.partner") | Domain(
                "res_id", "in", known
            )
        about = Domain("model", "!=", "res.partner") | Domain("res_id", "in", known)
        if model_name == "mail.message":
            return about & self._addressed_in_sight()
        concerned = Domain("res_partner_id", "=", own.id) | Domain(
            "author_id", "=", own.id
        )
        return concerned & Domain("mail_message_id", "any", about)

    @api.model
    def _addressed_in_sight(self):
        """:return: the domain of messages of the user's own, or to nobody hidden"""
        hidden = ~self._compute_domain("res.partner", "read")
        return Domain("author_id", "=", self.env.user.partner_id.id) | (
            Domain("partner_ids", "not any", hidden)
            & Domain("notified_partner_ids", "not any", hidden)
        )

    @api.model
    def _fields_to_contacts(self, model):
        """:return: names of the stored many2one fields to contacts that all may read"""
        return [
            name
            for name, field in model._fields.items()
            if field.type == "many2one"
            and field.comodel_name == "res.partner"
            and field.store
            and not field.groups
        ]
