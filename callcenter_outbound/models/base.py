from odoo import api, models


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_links_in_sight(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_links_in_sight([vals])
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_links_in_sight([values])
        return super().onchange(values, field_names, fields_spec)

    def _check_links_in_sight(self, vals_list):
        """Keep agents in confinement from pointing at what is out of their sight.

        Whoever may read a row reads the name of what its many2one leads to, whether he
        may see that or not: one who chose the id himself could read any name so.

        :raise AccessError: naming none of it
        """
        if self.env.su or not self.env.user._is_confined_agent():
            return
        for name, field in self._fields.items():
            if not field.relational or field.type == "one2many":
                continue
            ids = {
                id_
                for vals in vals_list
                if name in vals
                for id_ in _ids_in(field, vals[name])
            }
            if ids:
                self.env[field.comodel_name].browse(ids).check_access("read")


def _ids_in(field, value):
    """:return: list of the ids that a value to write of a relation has"""
    if field.type == "many2one":
        candidates = [value]
    else:
        candidates = []
        for command in value if isinstance(value, list | tuple) else ():
            if isinstance(command, list | tuple):
                candidates += command[1:2]
                if len(command) > 2 and isinstance(command[2], list | tuple):
                    candidates += command[2]
            else:
                candidates.append(command)
    return [
        id_
        for id_ in candidates
        if isinstance(id_, int) and not isinstance(id_, bool) and id_ > 0
    ]
