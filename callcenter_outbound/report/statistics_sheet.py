"""The statistics as an XLSX file."""

import io
from dataclasses import dataclass

#: Seconds of a day, which is a spreadsheet's unit of time.
DAY_SECONDS = 86_400
FORMATS = {"count": "#,##0", "duration": "[h]:mm:ss", "rate": "0.00%"}
#: A sheet's name can't be longer, nor have these.
SHEET_NAME_LIMIT = 31
SHEET_NAME_REFUSED = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
FIRST_WIDTH = 28


@dataclass(frozen=True)
class Column:
    """A column; ``group`` is the heading that it shares with others, or empty."""

    name: str
    label: str
    help: str
    kind: str
    group: str


@dataclass(frozen=True)
class Sheet:
    """What the file says; ``rows`` and ``total`` are dicts of values by column name.

    :param lines: pairs of texts above the table: what was chosen
    """

    title: str
    lines: list
    first_label: str
    columns: list
    rows: list
    total: dict
    definitions_title: str
    definitions_header: tuple


def write_sheet(sheet):
    """:return: the XLSX file as bytes: the table, and the definitions on a second sheet

    Texts are written as texts whatever they begin with, so that no name is a formula.
    """
    # Known to machines that export: a server starts without it.
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        _Table(book, sheet).fill()
        _write_definitions(book, sheet)
    return file.getvalue()


class _Table:
    """The first sheet: what was chosen, two lines of headings, rows, the total."""

    def __init__(self, book, sheet):
        self.sheet = sheet
        self.page = book.add_worksheet(_sheet_name(sheet.title))
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.plain = book.add_format()
        heading = {
            "bold": True,
            "bottom": 1,
            "text_wrap": True,
            "valign": "vcenter",
            "bg_color": "#F3F2F5",
        }
        self.heading = book.add_format({**heading, "align": "right"})
        self.first_heading = book.add_format(heading)
        self.group = book.add_format({**heading, "align": "center"})
        self.text_total = book.add_format({"bold": True, "top": 1})
        self.cells = {
            kind: book.add_format({"num_format": form})
            for kind, form in FORMATS.items()
        }
        self.totals = {
            kind: book.add_format({"num_format": form, "bold": True, "top": 1})
            for kind, form in FORMATS.items()
        }

    def fill(self):
        page, sheet = self.page, self.sheet
        page.write_string(0, 0, sheet.title, self.title)
        for number, (label, text) in enumerate(sheet.lines, 1):
            page.write_string(number, 0, label)
            page.write_string(number, 1, text)
        top = len(sheet.lines) + 2
        self._write_headings(top)
        for number, row in enumerate(sheet.rows, top + 2):
            self._write_row(number, row, self.plain, self.cells)
        bottom = top + 2 + len(sheet.rows)
        self._write_row(bottom, sheet.total, self.text_total, self.totals)
        page.freeze_panes(top + 2, 1)
        page.set_column(0, 0, FIRST_WIDTH)
        page.set_column(1, len(sheet.columns), 12)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(top, top + 1)

    def _write_headings(self, top):
        columns = self.sheet.columns
        self.page.write_string(top, 0, "", self.first_heading)
        self.page.write_string(top + 1, 0, self.sheet.first_label, self.first_heading)
        for number, column in enumerate(columns, 1):
            self.page.write_string(top, number, "", self.group)
            self.page.write_string(top + 1, number, column.label, self.heading)
        for first, last, label in _groups(columns):
            if first == last:
                self.page.write_string(top, first, label, self.group)
            else:
                self.page.merge_range(top, first, top, last, "", self.group)
                self.page.write_string(top, first, label, self.group)

    def _write_row(self, number, row, text_format, formats):
        self.page.write_string(number, 0, row["label"], text_format)
        for place, column in enumerate(self.sheet.columns, 1):
            value = row[column.name]
            if column.kind == "duration":
                value /= DAY_SECONDS
            self.page.write_number(number, place, value, formats[column.kind])


def _groups(columns):
    """:return: list of first place, last place and label of the shared headings"""
    groups = []
    for place, column in enumerate(columns, 1):
        if not column.group:
            continue
        if groups and groups[-1][1:] == (place - 1, column.group):
            groups[-1] = (groups[-1][0], place, column.group)
        else:
            groups.append((place, place, column.group))
    return groups


def _write_definitions(book, sheet):
    page = book.add_worksheet(_sheet_name(sheet.definitions_title))
    heading = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for place, label in enumerate(sheet.definitions_header):
        page.write_string(0, place, label, heading)
    for number, column in enumerate(sheet.columns, 1):
        page.write_string(number, 0, column.label, wrapped)
        page.write_string(number, 1, column.help, wrapped)
    page.freeze_panes(1, 0)
    page.set_column(0, 0, FIRST_WIDTH)
    page.set_column(1, 1, 90)


def _sheet_name(text):
    return text.translate(SHEET_NAME_REFUSED)[:SHEET_NAME_LIMIT]
