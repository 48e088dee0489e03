"""Values of contact fields as they travel: to the agent's page, into staged changes.

JSON is what both carry: a many2one is its id, a many2many the list of its ids, a date
its ISO text.
"""

from odoo import fields
from odoo.tools import html2plaintext

from .event_clock import from_outside

#: Types of contact fields that a dial plan may show.
VISIBLE_TYPES = frozenset(
    {
        "boolean",
        "char",
        "date",
        "datetime",
        "float",
        "html",
        "integer",
        "many2many",
        "many2one",
        "monetary",
        "selection",
        "text",
    }
)
#: What agents see as plain text can't be written back as they saw it.
EDITABLE_TYPES = VISIBLE_TYPES - {"html"}
#: A text longer than that is no answer of a customer.
TEXT_LIMIT = 10_000
#: The largest number that PostgreSQL's integer holds.
INTEGER_LIMIT = 2**31 - 1


class BadValue(ValueError):
    """A value that a field can't have. The argument is a code of :data:`CODES`."""


#: text, long, number, date, choice
CODES = ("text", "long", "number", "date", "choice")


def to_json(record, name):
    """:return: the value of a field of ``record`` as JSON carries it"""
    return to_json_value(record._fields[name], record[name])


def to_json_value(field, value):
    """:return: ``value``, as a record gives it, as JSON carries it; false for none"""
    if field.type == "many2one":
        return value.id or False
    if field.type == "many2many":
        return sorted(value.ids)
    if field.type == "date":
        return fields.Date.to_string(value) or False
    if field.type == "datetime":
        return fields.Datetime.to_string(value) or False
    if field.type == "html":
        return html2plaintext(value or "").strip() or False
    return (
        value
        if field.type in ("boolean", "integer", "float", "monetary")
        else (value or False)
    )


def clean(field, value, comodel=None):
    """Check a value that came from outside.

    :param field: the field of ``res.partner`` that it is for
    :param value: what the caller sent
    :param comodel: of relations, the model with the caller's own rights
    :return: the value as JSON carries it; false for none
    :raise BadValue: when the field can't have it
    """
    return {
        "boolean": _clean_boolean,
        "char": _clean_text,
        "date": _clean_date,
        "datetime": _clean_datetime,
        "float": _clean_float,
        "integer": _clean_integer,
        "many2many": lambda field, value: _clean_ids(value, comodel),
        "many2one": lambda field, value: _clean_id(value, comodel),
        "monetary": _clean_float,
        "selection": lambda field, value: _clean_choice(field, value, comodel),
        "text": _clean_text,
    }[field.type](field, value)


def _clean_boolean(field, value):
    if not isinstance(value, bool):
        raise BadValue("choice")
    return value


def _clean_text(field, value):
    if value in (False, ""):
        return False
    if not isinstance(value, str) or "\0" in value:
        raise BadValue("text")
    value = value.strip()
    if len(value) > (getattr(field, "size", None) or TEXT_LIMIT):
        raise BadValue("long")
    return value or False


def _clean_date(field, value):
    if value is False:
        return False
    try:
        return fields.Date.to_string(fields.Date.to_date(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadValue("date") from error


def _clean_datetime(field, value):
    if value is False:
        return False
    try:
        return fields.Datetime.to_string(from_outside(value))
    except ValueError as error:
        raise BadValue("date") from error


def _clean_integer(field, value):
    if isinstance(value, bool) and value is False:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValue("number")
    if abs(value) > INTEGER_LIMIT:
        raise BadValue("number")
    return value


def _clean_float(field, value):
    if value is False:
        return 0.0
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadValue("number")
    # NaN is unequal to itself; JSON can't carry infinity.
    if value != value or abs(value) == float("inf"):
        raise BadValue("number")
    return float(value)


def _clean_choice(field, value, model):
    if value is False:
        return False
    if value not in field.get_values(model.env):
        raise BadValue("choice")
    return value


def _clean_id(value, comodel):
    if value is False:
        return False
    return _clean_ids([value], comodel)[0]


def _clean_ids(value, comodel):
    """Take ids of records that the caller can find: no others can be chosen."""
    if not isinstance(value, list | tuple) or not all(
        isinstance(one, int) and not isinstance(one, bool) for one in value
    ):
        raise BadValue("choice")
    if len(comodel.search([("id", "in", list(value))])) != len(set(value)):
        raise BadValue("choice")
    return sorted(set(value))
