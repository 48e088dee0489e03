"""What the rows of a customer file mean: existing contacts, new ones, or neither."""

from collections import namedtuple

from odoo.fields import Domain
from odoo.tools import email_normalize, plaintext2html, split_every

from ..tools.customer_file import MAX_CELL, normalize

#: The contact fields that a column can mean, with names that lists have for them
#: beside the field's own labels.
FIELDS = {
    "name": (
        "Full name",
        "Customer",
        "Customer name",
        "Contact",
        "姓名",
        "客户",
        "名称",
    ),
    "phone": (
        *("Phone number", "Telephone", "Tel", "Mobile", "Mobile phone", "Cell"),
        *("Number", "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话"),
    ),
    "email": ("E-mail", "E-mail address", "Mail", "邮箱", "电子邮件"),
    "street": ("Address", "地址", "街道"),
    "street2": ("Address 2",),
    "zip": ("Zip code", "Postcode", "Postal code", "邮编", "邮政编码"),
    "city": ("Town", "城市"),
    "state_id": ("Province", "Region", "County", "State code", "省", "省份", "州"),
    "country_id": ("Country", "Country code", "国家"),
    "company_name": ("Company", "Employer", "Organization", "公司", "单位"),
    "function": ("Function", "Job", "Job title", "Position", "职位", "职务"),
    "ref": ("Reference", "Customer number", "编号", "客户编号"),
    "website": ("Web", "Homepage", "网站"),
    "comment": ("Note", "Notes", "Remark", "Remarks", "备注"),
}
#: What tells a row's customer from others: texts, each empty when the row has none.
Keys = namedtuple("Keys", ["ref", "number", "email"])
#: How many values one query looks for.
CHUNK = 5_000

#: A row that is not taken: the row of the file, and the sentence why.
Rejection = namedtuple("Rejection", ["row", "reason"])


class RowRefused(Exception):
    """A row can't be taken; the text says why."""


class CustomerRows:
    """Sorts the rows of a file, without writing anything.

    :ivar contact_ids: ids of the contacts that rows stand for, each once
    :ivar known_count: how many of these are in the package already
    :ivar new_values: values of the contacts to create
    :ivar rejected: list of :class:`Rejection`
    :ivar repeat_count: how many of these only repeat another row
    :ivar row_count: how many rows there are
    """

    def __init__(self, package, columns, country, create_missing, width=0):
        """
        :param package: the package that they are for
        :param columns: dict: the index of each column that is read, and its field
        :param country: of numbers without a country of their own
        :param create_missing: whether contacts that aren't found are made
        :param width: how many cells a row may have; 0 for any number
        """
        self.env = package.env
        self.package = package
        self.columns = columns
        self.country = country
        self.create_missing = create_missing
        self.width = width
        self.countries = self._read_countries()
        self.states = {}
        self.labels = field_labels(self.env)
        self.contact_ids = []
        self.known_count = 0
        self.new_values = []
        self.rejected = []
        self.repeat_count = 0
        self.row_count = 0

    def sort(self, rows):
        """Take ``rows`` of the file, without the header."""
        customers = []
        first_lines = {}
        for row in rows:
            self.row_count += 1
            try:
                values, keys = self._read(row)
                for key in filter(None, (keys.ref, keys.number or keys.email)):
                    self._refuse_repeat(row, first_lines.setdefault(key, row.number))
            except RowRefused as refusal:
                self.rejected.append(Rejection(row, str(refusal)))
                continue
            customers.append((row, values, keys))
        self._match(customers)
        self.rejected.sort(key=lambda rejection: rejection.row.number)

    # One row -----------------------------------------------------------------------

    def _read(self, row):
        """:return: values of a contact, and its :class:`Keys`"""
        values = {}
        if self.width and len(row.cells) > self.width:
            raise RowRefused(
                self.env._(
                    "There are more cells than in the header: put quotes around "
                    "values with a delimiter in them."
                )
            )
        for index, field in self.columns.items():
            text = row.cells[index] if index < len(row.cells) else ""
            if index in row.formulas:
                raise RowRefused(
                    self.env._(
                        "“%(field)s” holds a formula: put its value there.",
                        field=self.labels[field],
                    )
                )
            if len(text) > MAX_CELL:
                raise RowRefused(
                    self.env._(
                        "“%(field)s” has more than %(limit)s characters.",
                        field=self.labels[field],
                        limit=MAX_CELL,
                    )
                )
            if text:
                values[field] = text
        self._read_country(values)
        self._read_state(values)
        return values, self._read_keys(values)

    def _read_country(self, values):
        name = values.pop("country_id", "")
        if not name:
            return
        country = self.countries.get(normalize(name))
        if not country:
            raise RowRefused(
                self.env._("“%(name)s” is no country that is known.", name=name)
            )
        values["country_id"] = country.id

    def _read_state(self, values):
        """A state is one of the row's country, or else of that of the numbers."""
        name = values.pop("state_id", "")
        if not name:
            return
        country = self.env["res.country"].browse(values.get("country_id"))
        country = country or self.country
        if not country:
            raise RowRefused(
                self.env._("“%(name)s” is of no country: name the country.", name=name)
            )
        if country not in self.states:
            self.states[country] = self._by_name(country.state_ids)
        state = self.states[country].get(normalize(name))
        if not state:
            raise RowRefused(
                self.env._(
                    "“%(name)s” is no state of %(country)s that is known.",
                    name=name,
                    country=country.name,
                )
            )
        values.update(state_id=state.id, country_id=country.id)

    def _read_keys(self, values):
        ref = values.get("ref", "")
        email = values.get("email")
        if email and not email_normalize(email):
            raise RowRefused(
                self.env._("“%(email)s” is no e-mail address.", email=email)
            )
        phone = values.get("phone")
        if not (phone or email or ref):
            raise RowRefused(
                self.env._("There is no phone number and no e-mail address.")
            )
        number = phone and self._to_e164(phone, values.get("country_id"))
        return Keys(ref, number or "", email_normalize(email or "") or "")

    def _to_e164(self, phone, country_id):
        contacts = self.env["res.partner"]
        country = contacts.country_id.browse(country_id) or self.country
        number = contacts._phone_format(
            number=phone, country=country, force_format="E164"
        )
        if not number:
            raise RowRefused(
                self.env._(
                    "“%(phone)s” is no phone number of %(country)s. Numbers of other "
                    "countries begin with “+”.",
                    phone=phone,
                    country=country.name or self.env._("any country"),
                )
            )
        return number

    def _refuse_repeat(self, row, first_line):
        if first_line != row.number:
            self.repeat_count += 1
            raise RowRefused(
                self.env._("The same customer as in row %(row)s.", row=first_line)
            )

    # All rows ----------------------------------------------------------------------

    def _match(self, customers):
        """Find the contacts of rows; what is left are new ones."""
        contact_ids = {}
        left = [(row.number, keys) for row, __, keys in customers]
        for key, field in (
            ("ref", "ref"),
            ("number", "phone_sanitized"),
            ("email", "email_normalized"),
        ):
            texts = [(line, getattr(keys, key)) for line, keys in left]
            found = self._find(field, [text for __, text in texts if text])
            contact_ids.update(
                (line, found[text]) for line, text in texts if text in found
            )
            left = [item for item in left if item[0] not in contact_ids]
        lines = {}
        for row, values, keys in customers:
            contact_id = contact_ids.get(row.number)
            try:
                if contact_id:
                    line = lines.setdefault(contact_id, row.number)
                    self._refuse_repeat(row, line)
                else:
                    self.new_values.append(self._new_contact(values, keys))
            except RowRefused as refusal:
                self.rejected.append(Rejection(row, str(refusal)))
        self.contact_ids = list(lines)
        self.known_count = self._count_known()

    def _find(self, field, values):
        """:return: dict: for each value the first contact that has it"""
        found = {}
        eligible = self.package._eligible_domain()
        for chunk in split_every(CHUNK, dict.fromkeys(values), list):
            contacts = self.env["res.partner"].search_fetch(
                Domain(field, "in", chunk) & eligible, [field], order="id"
            )
            for contact in contacts:
                found.setdefault(contact[field], contact.id)
            contacts.invalidate_recordset(flush=False)
        return found

    def _count_known(self):
        return sum(
            self.env["callcenter.package.customer"].search_count(
                [("package_id", "=", self.package.id), ("partner_id", "in", chunk)]
            )
            for chunk in split_every(CHUNK, self.contact_ids, list)
        )

    def _new_contact(self, values, keys):
        """:return: values to create the contact with"""
        if not self.create_missing:
            raise RowRefused(
                self.env._("No contact has this number, e-mail address or reference.")
            )
        if not (keys.number or keys.email):
            raise RowRefused(
                self.env._(
                    "No contact has the reference “%(ref)s”, and a new one needs a "
                    "phone number or an e-mail address.",
                    ref=keys.ref,
                )
            )
        if not values.get("name"):
            raise RowRefused(self.env._("There is no name: a new contact needs one."))
        new = dict(values, is_company=self.package.customer_kind == "company")
        if "comment" in new:
            new["comment"] = plaintext2html(new["comment"])
        if self.country and not new.get("phone", "+").strip().startswith("+"):
            # Or the number would be read as one of the company's country.
            new.setdefault("country_id", self.country.id)
        return new

    def _read_countries(self):
        """:return: dict of the countries, by code and by name in the languages used"""
        countries = self.env["res.country"].search_fetch([], ["code", "name"])
        return self._by_name(countries)

    def _by_name(self, places):
        """:return: dict of ``places``, by name in the languages used and by code"""
        found = {}
        for lang in (self.env.lang, "en_US"):
            for place in places.with_context(lang=lang):
                found.setdefault(normalize(place.name or ""), place)
        for place in places:
            found.setdefault(normalize(place.code or ""), place)
        found.pop("", None)
        return found


def field_labels(env):
    """:return: dict: the label of each contact field that a column can mean"""
    descriptions = env["res.partner"].fields_get(list(FIELDS), ["string"])
    return {name: descriptions[name]["string"] for name in FIELDS}


def field_spellings(env):
    """:return: dict: the headers that each field is found by"""
    labels = [
        field_labels(env["res.partner"].with_context(lang=lang).env)
        for lang in ("en_US", env.lang)
    ]
    return {
        name: (
            name,
            name.removesuffix("_id"),
            *(label[name] for label in labels),
            *more,
        )
        for name, more in FIELDS.items()
    }
