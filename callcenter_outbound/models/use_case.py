from odoo.tools import clean_context


def use_case_context(env):
    """The caller's context as a use case may go on with it.

    Over RPC the context is the caller's own: a ``default_…`` would end up in what the
    use case creates with superuser's rights, ``active_test`` in what it finds.

    :return: dict of the keys that do no harm
    """
    context = clean_context(env.context)
    context.pop("active_test", None)
    return context
