"""Values of contact fields, many at a time: compared by PostgreSQL, put into words."""

from odoo.tools import SQL, format_date, format_datetime
from odoo.tools.i18n import format_list

from .contact_fields import EDITABLE_TYPES, VISIBLE_TYPES

#: What JSON has for nothing; Odoo stores and reads all of it as one.
EMPTY = ("null", '""', "0", "[]")
NOTHING = SQL("NULL")


def is_same(value, other):
    """Whether a contact field that holds one value holds the other too."""
    return value == other or not (value or other)


def normal(value):
    """:return: SQL of a JSON value in which nothing is always ``false``"""
    for empty in EMPTY:
        value = SQL("NULLIF(%s, %s::jsonb)", value, empty)
    return SQL("COALESCE(%s, 'false'::jsonb)", value)


def as_list(value):
    """:return: SQL of the JSON list of a many2many, empty when there is none"""
    return SQL(
        "CASE WHEN jsonb_typeof(%(value)s) = 'array' THEN %(value)s"
        " ELSE '[]'::jsonb END",
        value=value,
    )


class ContactColumns:
    """The contact's fields of these names, as SQL compares them with JSON.

    :param partners: empty recordset of contacts
    :param names: technical names; those that contacts have no more are passed over
    :param contact: alias of the contact's table
    :param name: SQL of the name of the field that a row is about
    """

    def __init__(self, partners, names, contact, name):
        self._partners, self._contact, self._name = partners, contact, name
        known = (partners._fields.get(one) for one in sorted(names))
        self.fields = [field for field in known if field and is_comparable(field)]

    def of_type(self, *types):
        return [field for field in self.fields if field.type in types]

    def held(self):
        """:return: SQL of what the contact holds in the row's field"""
        return normal(self.each(self.fields, self._held))

    def each(self, fields, make, otherwise=NOTHING):
        """:return: SQL of what ``make(field)`` gives for the row's field"""
        if not fields:
            return otherwise
        cases = [SQL("WHEN %s THEN %s", field.name, make(field)) for field in fields]
        return SQL(
            "CASE %s %s ELSE %s END",
            self._name,
            SQL(" ").join(cases),
            otherwise,
        )

    def is_known(self):
        """:return: SQL: whether contacts have the row's field"""
        return SQL("%s = ANY(%s)", self._name, [field.name for field in self.fields])

    def is_set(self):
        """:return: SQL: whether the row is about tags"""
        names = [field.name for field in self.of_type("many2many")]
        return SQL("%s = ANY(%s)", self._name, names)

    def _held(self, field):
        if field.type == "many2many":
            return SQL(
                "(SELECT jsonb_agg(link.%(other)s ORDER BY link.%(other)s)"
                " FROM %(table)s link WHERE link.%(own)s = %(contact)s.id)",
                other=SQL.identifier(field.column2),
                own=SQL.identifier(field.column1),
                table=SQL.identifier(field.relation),
                contact=SQL.identifier(self._contact),
            )
        value = self._partners._field_to_sql(self._contact, field.name)
        if field.type == "datetime":
            return SQL("to_jsonb(to_char(%s, 'YYYY-MM-DD HH24:MI:SS'))", value)
        return SQL("to_jsonb(%s)", value)


def is_comparable(field):
    """Whether what a contact holds in a field can be written back and compared."""
    stored = field.store or field.company_dependent
    return bool(stored and not field.groups and field.type in EDITABLE_TYPES)


class ContactTexts:
    """Puts values of contact fields into words, with one query for each model.

    :param items: all pairs of (technical name, value) that will be asked for
    """

    def __init__(self, env, items):
        self._env = env
        self._fields = env["res.partner"]._fields
        self._names = {}
        self._choices = {}
        wanted = {}
        for name, value in items:
            field = self._fields.get(name)
            if field is not None and field.relational:
                wanted.setdefault(field.comodel_name, set()).update(ids_in(value))
        for model, ids in wanted.items():
            records = env[model].browse(sorted(ids)).exists()
            self._names[model] = {one.id: one.display_name for one in records}

    def names(self, name, value):
        """:return: list of the names of the records that a relation leads to"""
        known = self._names[self._fields[name].comodel_name]
        gone = self._env._("(deleted)")
        return [known.get(id_, gone) for id_ in ids_in(value)]

    def text(self, name, value):
        """:return: a value as people read it; empty for none"""
        field = self._fields.get(name)
        if field is None or field.type not in VISIBLE_TYPES:
            return str(value or "")
        if field.relational:
            names = self.names(name, value)
            return format_list(self._env, names) if names else ""
        return self._plain_text(field, value)

    def _plain_text(self, field, value):
        if field.type == "boolean":
            return self._env._("Yes") if value else self._env._("No")
        if field.type in ("float", "integer", "monetary"):
            return str(value or 0)
        if not value:
            return ""
        if field.type == "selection":
            return self._choice(field).get(value, value)
        if field.type == "date":
            return format_date(self._env, value)
        if field.type == "datetime":
            return format_datetime(self._env, value)
        return str(value)

    def _choice(self, field):
        if field.name not in self._choices:
            self._choices[field.name] = dict(field._description_selection(self._env))
        return self._choices[field.name]


def ids_in(value):
    """:return: list of the ids that JSON has of a relation"""
    if isinstance(value, list):
        return value
    return [value] if value else []
