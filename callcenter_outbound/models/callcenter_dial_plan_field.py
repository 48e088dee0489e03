from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .contact_fields import EDITABLE_TYPES, VISIBLE_TYPES

#: The fields of a contact that a new plan lists, in this order; more can be added.
USUAL_FIELDS = (
    "name",
    "phone",
    "email",
    "function",
    "parent_id",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "country_id",
    "website",
    "lang",
    "category_id",
    "ref",
    "vat",
    "comment",
)

#: Fields that tell nothing of the customer, or the same as another field.
TECHNICAL_FIELDS = frozenset(
    {"active", "email_normalized", "id", "message_bounce", "phone_sanitized"}
)


class CallcenterDialPlanField(models.Model):
    """What a dial plan lets its agents see and change of a field of the contact."""

    _name = "callcenter.dial.plan.field"
    _description = "Field Setting"
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        "callcenter.dial.plan",
        string="Dial Plan",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Selection(
        selection="_list_contact_fields", string="Contact Field", required=True
    )
    visible = fields.Boolean()
    editable = fields.Boolean()
    required = fields.Boolean(
        help="A customer can't be saved as done (success) while it is empty."
    )

    _plan_name_uniq = models.Constraint(
        "unique(plan_id, name)", "This field is in the list already."
    )

    @api.model
    def _list_contact_fields(self):
        """:return: list of (technical name, label) of what a plan may show"""
        partners = self.env["res.partner"]
        labels = partners.fields_get(attributes=["string"])
        return sorted(
            (
                (name, labels[name]["string"])
                for name, field in partners._fields.items()
                if field.store
                and name not in TECHNICAL_FIELDS
                and field.type in VISIBLE_TYPES
                # Guarded fields are nobody's to hand on.
                and not field.groups
                and name in labels
            ),
            key=lambda item: item[1],
        )

    @api.model
    def _usual_lines(self):
        """:return: list of values of the lines that a new plan starts with"""
        known = dict(self._list_contact_fields())
        return [
            {"name": name, "sequence": 10 * number}
            for number, name in enumerate(USUAL_FIELDS, start=1)
            if name in known
        ]

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._list_contact_fields())
        for line in self:
            line.display_name = labels.get(line.name, line.name)

    @api.onchange("visible")
    def _onchange_visible(self):
        if not self.visible:
            self.editable = False

    @api.onchange("editable")
    def _onchange_editable(self):
        if self.editable:
            self.visible = True
        else:
            self.required = False

    @api.onchange("required")
    def _onchange_required(self):
        if self.required:
            self.visible = self.editable = True

    @api.constrains("name")
    def _check_name(self):
        known = dict(self._list_contact_fields())
        for line in self:
            if line.name not in known:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” is no field of a contact that agents may see.",
                        field=line.name,
                    )
                )

    @api.constrains("name", "visible", "editable", "required")
    def _check_consistent(self):
        for line in self:
            label = line.display_name
            if line.required and not line.editable:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” can't be required without being editable.",
                        field=label,
                    )
                )
            if not line.editable:
                continue
            if not line.visible:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” can't be editable without being visible.",
                        field=label,
                    )
                )
            if not line._can_be_edited():
                raise ValidationError(
                    self.env._(
                        "“%(field)s” can be shown to agents, but not edited by them.",
                        field=label,
                    )
                )

    def _can_be_edited(self):
        """Whether agents can be given a choice of this field's values."""
        self.ensure_one()
        field = self.env["res.partner"]._fields.get(self.name)
        if field is None or field.type not in EDITABLE_TYPES:
            return False
        # Contacts are closed to agents: there is nothing that they could choose.
        return not (field.relational and field.comodel_name == "res.partner")

    # CRUD --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._after_settings_changed()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self._after_settings_changed()
        return result

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._retitle_tasks()
        plans._tell_agents()
        return result

    def _after_settings_changed(self):
        if "name" in self.mapped("name"):
            self.plan_id._retitle_tasks()
        self.plan_id._tell_agents()
