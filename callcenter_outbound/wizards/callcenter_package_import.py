import base64
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import split_every
from odoo.tools.i18n import format_list

from ..tools import customer_file
from ..tools.customer_file import FileProblem
from .customer_rows import CustomerRows, field_labels, field_spellings

#: How many values of a column are shown.
SAMPLES = 3
#: How many contacts are created at a time.
BATCH = 500
MEGABYTE = 1024 * 1024


class CallcenterPackageImport(models.TransientModel):
    """Fills a package from a file, in three steps: the file, a check, the report."""

    _name = "callcenter.package.import"
    _description = "Import of Customers"

    package_id = fields.Many2one(
        "callcenter.package", required=True, readonly=True, ondelete="cascade"
    )
    step = fields.Selection(
        [("file", "File"), ("check", "Check"), ("done", "Done")],
        default="file",
        required=True,
        readonly=True,
    )
    data = fields.Binary(string="File", attachment=False)
    file_name = fields.Char()
    is_csv = fields.Boolean(readonly=True)
    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("utf-8-sig", "UTF-8 with byte order mark"),
            ("utf-16", "UTF-16"),
            ("gb18030", "Simplified Chinese (GB 18030)"),
            ("big5", "Traditional Chinese (Big5)"),
            ("shift_jis", "Japanese (Shift JIS)"),
            ("cp1252", "Western (Windows-1252)"),
            ("latin-1", "Western (ISO 8859-1)"),
        ]
    )
    is_guess = fields.Boolean(readonly=True)
    delimiter = fields.Selection(
        [
            (",", "Comma"),
            (";", "Semicolon"),
            ("\t", "Tab"),
            ("|", "Vertical bar"),
        ]
    )
    read_as = fields.Char(readonly=True)
    country_id = fields.Many2one(
        "res.country",
        string="Country of the Numbers",
        compute="_compute_country_id",
        store=True,
        readonly=False,
        help="For numbers that begin without “+” in rows without a country.",
    )
    create_missing = fields.Boolean(
        string="Create New Contacts",
        default=True,
        help="Otherwise rows of customers who aren't found are given back.",
    )
    column_ids = fields.One2many(
        "callcenter.package.import.column", "import_id", string="Columns"
    )
    is_checked = fields.Boolean()
    problem = fields.Char(readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    match_count = fields.Integer(string="Existing Contacts", readonly=True)
    create_count = fields.Integer(string="New Contacts", readonly=True)
    known_count = fields.Integer(string="In the Package Already", readonly=True)
    repeat_count = fields.Integer(string="Repeated", readonly=True)
    reject_count = fields.Integer(string="Rejected", readonly=True)
    take_count = fields.Integer(string="To Add", readonly=True)
    first_reasons = fields.Text(readonly=True)
    rejected_file = fields.Binary(
        string="Rejected Rows", attachment=False, readonly=True
    )
    rejected_name = fields.Char(readonly=True)
    result = fields.Char(readonly=True)

    @api.depends("package_id")
    def _compute_country_id(self):
        for record in self:
            record.country_id = record.package_id.company_id.country_id

    @api.onchange("encoding", "delimiter", "country_id", "create_missing", "column_ids")
    def _onchange_what_was_checked(self):
        self.is_checked = False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_size(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_size(vals)
        return super().write(vals)

    def _check_size(self, vals):
        """:raise UserError: when the file is too large, before it is decoded"""
        data = vals.get("data")
        if not data:
            return
        try:
            customer_file.check_size(len(data) * 3 // 4 - 2)
        except FileProblem as problem:
            raise UserError(self._tell(problem)) from problem

    # Use cases ---------------------------------------------------------------------

    def action_check(self):
        """Read the file and tell what would come of it. Writes no contact.

        :return: the action that shows it
        :raise UserError: when the file can't be read, with the reason
        """
        self.ensure_one()
        self.package_id.check_access("write")
        data = self._read_data()
        try:
            if self.step == "file":
                self._find_format(data)
            if self.read_as != self._reading():
                self._read_header(data)
            self._check(data)
        except FileProblem as problem:
            raise UserError(self._tell(problem)) from problem
        self.step = "check"
        return self._open()

    def action_import(self):
        """Create the new contacts and add all to the package, or nothing at all.

        :return: the action that shows the report
        :raise UserError: when the file can't be read, or nothing is to be added
        """
        self.ensure_one()
        self.package_id.check_access("write")
        try:
            rows = self._check(self._read_data())
        except FileProblem as problem:
            raise UserError(self._tell(problem)) from problem
        if self.problem:
            raise UserError(self.problem)
        if not self.take_count:
            raise UserError(self.env._("There is no customer to add in this file."))
        created_ids = self._create_contacts(rows.new_values)
        added, __ = self.package_id._add_customers(
            [("id", "in", rows.contact_ids + created_ids)]
        )
        self.write({"step": "done", "data": False, "result": self._report(added)})
        return self._open()

    def action_back(self):
        """Choose another file."""
        self.ensure_one()
        self.write({"step": "file", "data": False, "column_ids": [Command.clear()]})
        return self._open()

    def _open(self):
        """:return: the action that shows this import"""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import into %(package)s", package=self.package_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    # The file ----------------------------------------------------------------------

    def _read_data(self):
        """:return: the file's bytes"""
        data = self.with_context(bin_size=False).data
        if not data:
            raise UserError(self.env._("Choose a file first."))
        return base64.b64decode(data)

    def _reading(self):
        """:return: what the columns depend on"""
        return f"{self.encoding} {self.delimiter}"

    def _find_format(self, data):
        is_csv = customer_file.find_format(data) == "csv"
        encoding, is_sure = ("utf-8", True)
        delimiter = ","
        if is_csv:
            encoding, is_sure = customer_file.find_encoding(data)
            delimiter = customer_file.find_delimiter(data, encoding)
        self.write(
            {
                "is_csv": is_csv,
                "encoding": encoding,
                "is_guess": not is_sure,
                "delimiter": delimiter,
                "read_as": False,
            }
        )

    def _rows(self, data):
        return customer_file.read_rows(data, self.encoding, self.delimiter)

    def _read_header(self, data):
        """Make a line of each column, with the field that it seems to mean."""
        header, *samples = islice(self._rows(data), 1 + SAMPLES)
        fields_found = customer_file.match_columns(
            header.cells, field_spellings(self.env)
        )
        self.column_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "place": place,
                        "header": cell or self.env._("(no header)"),
                        "sample": " · ".join(
                            row.cells[place]
                            for row in samples
                            if place < len(row.cells) and row.cells[place]
                        ),
                        "contact_field": field or False,
                    }
                )
                for place, (cell, field) in enumerate(
                    zip(header.cells, fields_found, strict=True)
                )
            ),
        ]
        self.read_as = self._reading()

    def _check(self, data):
        """Sort the rows and note what comes of them.

        :return: the :class:`CustomerRows`
        """
        columns = {
            column.place: column.contact_field
            for column in self.column_ids
            if column.contact_field
        }
        all_rows = self._rows(data)
        header = next(all_rows)
        rows = CustomerRows(
            self.package_id,
            columns,
            self.country_id,
            self.create_missing,
            width=self.is_csv and len(header.cells),
        )
        self.problem = self._find_problem()
        if self.problem:
            # to know that the file can be read to its end
            for _row in all_rows:
                pass
        else:
            rows.sort(all_rows)
        self._note(rows, header)
        return rows

    def _find_problem(self):
        """:return: what is wrong with the columns, empty when nothing is"""
        found = [name for name in self.column_ids.mapped("contact_field") if name]
        labels = field_labels(self.env)
        for name in found:
            if found.count(name) > 1:
                return self.env._(
                    "Two columns are read as “%(field)s”: choose one.",
                    field=labels[name],
                )
        missing = []
        keys = {"phone", "email"} | (set() if self.create_missing else {"ref"})
        if not keys & set(found):
            missing.append(labels["phone"])
        if "name" not in found and self.create_missing:
            missing.append(labels["name"])
        if not missing:
            return ""
        return self.env._(
            "No column was found for: %(missing)s. The first row reads: %(header)s. "
            "Choose the columns below, or put a header row into the file.",
            missing=format_list(self.env, missing),
            header=" | ".join(self.column_ids.mapped("header"))[:300],
        )

    def _note(self, rows, header):
        """Keep what was found, and the file to give back."""
        rejected = rows.rejected
        matched, new = len(rows.contact_ids), len(rows.new_values)
        name = (self.file_name or "customers").rsplit(".", 1)[0]
        self.write(
            {
                "is_checked": True,
                "row_count": rows.row_count,
                "match_count": matched,
                "create_count": new,
                "known_count": rows.known_count,
                "repeat_count": rows.repeat_count,
                "reject_count": len(rejected),
                "take_count": matched + new - rows.known_count,
                "first_reasons": "\n".join(
                    self.env._(
                        "Row %(row)s: %(reason)s",
                        row=rejection.row.number,
                        reason=rejection.reason,
                    )
                    for rejection in rejected[:5]
                ),
                "rejected_file": bool(rejected)
                and base64.b64encode(self._give_back(header, rejected)),
                "rejected_name": self.env._(
                    "%(name)s - rejected.%(suffix)s",
                    name=name,
                    suffix="csv" if self.is_csv else "xlsx",
                ),
            }
        )

    def _give_back(self, header, rejected):
        """:return: the rejected rows as a file of the same kind, with reasons"""
        width = max(
            len(row.cells) for row in (header, *(item.row for item in rejected))
        )
        table = [
            [*_padded(header.cells, width), self.env._("Row"), self.env._("Reason")],
            *(
                [*_padded(row.cells, width), str(row.number), reason]
                for row, reason in rejected
            ),
        ]
        if self.is_csv:
            return customer_file.write_csv(table, self.delimiter)
        return customer_file.write_xlsx(table)

    def _create_contacts(self, values):
        """:return: ids of the new contacts"""
        contacts = self.env["res.partner"].with_context(
            tracking_disable=True, mail_create_nosubscribe=True
        )
        ids = []
        for batch in split_every(BATCH, values, list):
            ids += contacts.create(batch).ids
            # what is written needs no memory any more
            self.env.invalidate_all()
        return ids

    # Texts -------------------------------------------------------------------------

    def _report(self, added):
        """:return: sentences: what was done"""
        sentences = [
            self.env._(
                "%(added)s customers added: %(created)s new contacts and %(matched)s "
                "existing ones.",
                added=added,
                created=self.create_count,
                matched=added - self.create_count,
            )
        ]
        if self.known_count:
            sentences.append(
                self.env._(
                    "%(count)s were in the package already.", count=self.known_count
                )
            )
        if self.reject_count:
            sentences.append(
                self.env._("%(count)s rows were not taken.", count=self.reject_count)
            )
        return " ".join(sentences)

    def _tell(self, problem):
        """:return: what is wrong with a file, in words"""
        values = dict(problem.values)
        if problem.code == "too_large":
            return self.env._(
                "The file is too large: it has %(size)s MB, and %(limit)s MB can be "
                "read. Split it into several files.",
                size=f"{values['size'] / MEGABYTE:.1f}",
                limit=values["limit"] // MEGABYTE,
            )
        if problem.code == "too_many":
            return self.env._(
                "The file has more than %(limit)s customers. Split it into several "
                "files.",
                limit=f"{values['limit']:,}",
            )
        if problem.code == "wrong_encoding":
            encodings = dict(self._fields["encoding"]._description_selection(self.env))
            return self.env._(
                "Line %(line)s of the file is not written in %(encoding)s. Choose "
                "another encoding.",
                line=values["line"],
                encoding=encodings.get(values["encoding"], values["encoding"]),
            )
        if problem.code == "broken":
            return self.env._(
                "A quotation mark is left open or stands in the wrong place, in the "
                "row that begins on line %(line)s.",
                line=values["line"],
            )
        if problem.code == "too_wide":
            return self.env._(
                "Row %(line)s has more than %(limit)s columns.",
                line=values["line"],
                limit=values["limit"],
            )
        if problem.code == "empty":
            return self.env._("The file is empty.")
        return self.env._(
            "This file is neither CSV nor XLSX. Open it in your spreadsheet program "
            "and save it as one of these."
        )


def _padded(cells, width):
    return cells + [""] * (width - len(cells))


class CallcenterPackageImportColumn(models.TransientModel):
    """A column of the file, and the contact field that it is read as."""

    _name = "callcenter.package.import.column"
    _description = "Column of an Import"
    _order = "place"

    import_id = fields.Many2one(
        "callcenter.package.import", required=True, ondelete="cascade", index=True
    )
    place = fields.Integer(readonly=True)
    header = fields.Char(string="Column in the File", readonly=True)
    sample = fields.Char(string="First Values", readonly=True)
    contact_field = fields.Selection(
        lambda self: list(field_labels(self.env).items()),
        string="Read As",
        help="Empty: the column is not read.",
    )
