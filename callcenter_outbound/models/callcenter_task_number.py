from odoo import api, fields, models

#: How many digits of a masked number stay readable, at its end.
CLEAR_DIGITS = 2


def mask_number(number):
    """Hide all digits and letters of ``number`` but the last two digits.

    >>> mask_number("+86 21 5555 0142")
    '+•• •• •••• ••42'
    >>> mask_number("ask Wei, 0142")
    '••• •••, ••42'
    """
    digits = sum(char.isdigit() for char in number)
    masked = []
    for char in number:
        digits -= char.isdigit()
        is_clear = not char.isalnum() or (char.isdigit() and digits < CLEAR_DIGITS)
        masked.append(char if is_clear else "•")
    return "".join(masked)


class CallcenterTaskNumber(models.Model):
    _name = "callcenter.task.number"
    _description = "Customer's Number"
    _order = "task_id, sequence, id"
    _rec_name = "number_masked"

    task_id = fields.Many2one(
        "callcenter.task", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    label = fields.Char()
    number = fields.Char(
        required=True, groups="callcenter_outbound.callcenter_outbound_group_supervisor"
    )
    number_e164 = fields.Char(
        string="E.164",
        compute="_compute_number_e164",
        store=True,
        index="btree_not_null",
        groups="callcenter_outbound.callcenter_outbound_group_supervisor",
    )
    number_masked = fields.Char(
        string="Masked Number", compute="_compute_number_masked", store=True
    )

    @api.depends(
        "number", "task_id.partner_id.country_id", "task_id.company_id.country_id"
    )
    def _compute_number_e164(self):
        for line in self:
            task = line.task_id
            country = task.partner_id.country_id or task.company_id.country_id
            line.number_e164 = line._phone_format(
                number=line.number, country=country, force_format="E164"
            )

    @api.depends("number")
    def _compute_number_masked(self):
        for line in self:
            line.number_masked = mask_number(line.number or "")
