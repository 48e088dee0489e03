from odoo import api, fields, models

DIGITS = frozenset("0123456789")
#: How many digits of a masked number stay readable, at its end.
CLEAR_DIGITS = 2

#: What stays readable of a masked number, beside those digits.
SEPARATORS = " +()./,;:#*-"
#: The same as :func:`mask_number`, for PostgreSQL; ``%(number)s`` is a column. It names
#: each character, for what a letter is depends on the database's locale.
MASK_SQL = r"""
    regexp_replace(
        substr(%(number)s, 1, length(%(number)s)
               - length(COALESCE(substring(%(number)s from '[0-9][^0-9]*[0-9][^0-9]*$'),
                                 %(number)s))),
        '[^ +()./,;:#*-]', '•', 'g')
    || regexp_replace(
        COALESCE(substring(%(number)s from '[0-9][^0-9]*[0-9][^0-9]*$'), %(number)s),
        '[^0-9 +()./,;:#*-]', '•', 'g')
"""


def mask_number(number):
    """Hide ``number`` but for separators and the last two digits.

    >>> mask_number("+86 21 5555 0142")
    '+•• •• •••• ••42'
    >>> mask_number("ask Wei, 0142")
    '••• •••, ••42'
    """
    digits = sum(char in DIGITS for char in number)
    masked = []
    for char in number:
        digits -= char in DIGITS
        is_clear = char in SEPARATORS or (char in DIGITS and digits < CLEAR_DIGITS)
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

    def _is_blacklisted(self):
        """Whether nobody may call this number."""
        self.ensure_one()
        # sudo: phone.blacklist: asked, not shown
        return bool(
            self.env["phone.blacklist"]
            .sudo()
            .search_count([("number", "=", self.number_e164)], limit=1)
        )

    def _blacklist(self):
        """Make sure that nobody calls this number again.

        :return: whether that put it on the blacklist; false when it stood there
        """
        if not self.number_e164 or self._is_blacklisted():
            return False
        # sudo: phone.blacklist: agents add to it by this use case alone
        self.env["phone.blacklist"].sudo()._add([self.number_e164])
        return True
