import ast

from odoo.exceptions import UserError
from odoo.fields import Domain


def contact_domain(env, text):
    """The domain on contacts that a filter on screen stands for.

    :param text: a domain as the web client writes it, without anything to evaluate
    :raise UserError: when it is none
    """
    try:
        domain = Domain(ast.literal_eval(text or "[]"))
        domain.validate(env["res.partner"])
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise UserError(
            env._("This filter can't be used. Take out what was written by hand.")
        ) from error
    return domain
