"""Reads a file of customers, CSV or XLSX, row by row and no further than it must.

Whatever is wrong with the file is a :class:`FileProblem` with a code and values, for
the caller to put into words.
"""

import codecs
import csv
import datetime
import io
import re
import unicodedata
import zipfile
from collections import namedtuple

#: How many customers one file may bring.
MAX_ROWS = 20_000
#: How many bytes the file may have, and an XLSX file unpacked.
MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
#: How many columns are read, and how many rows without a value are passed over.
MAX_COLUMNS = 100
MAX_BLANK_ROWS = 2_000_000
#: How many characters a cell may have.
MAX_CELL = 2_000

DELIMITERS = (",", ";", "\t", "|")
#: Encodings that a file can be read in, beside those that a byte order mark tells.
ENCODINGS = ("utf-8", "gb18030", "cp1252", "latin-1", "big5", "shift_jis", "utf-16")

XLSX_MARK = b"PK\x03\x04"
XLS_MARK = b"\xd0\xcf\x11\xe0"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What a spreadsheet takes for a formula when a cell of a CSV file begins with it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: Pairs of bytes that are Chinese in GB 2312 and hardly anything else.
_GB2312 = re.compile(rb"(?:[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])+")
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CHUNK = 64 * 1024

#: A row that holds something: the number of its line in the file, its cells as text,
#: and the indexes of those that hold a formula.
Row = namedtuple("Row", ["number", "cells", "formulas"])


class FileProblem(Exception):
    """The file can't be read: ``code`` says why, ``values`` what and where."""

    def __init__(self, code, **values):
        super().__init__(code, values)
        self.code = code
        self.values = values


def check_size(size):
    """:raise FileProblem: ``empty``, or ``too_large``"""
    if not size:
        raise FileProblem("empty")
    if size > MAX_BYTES:
        raise FileProblem("too_large", size=size, limit=MAX_BYTES)


def find_format(data):
    """:return: ``xlsx`` or ``csv``
    :raise FileProblem: ``empty``, ``too_large``, or ``not_readable``
    """
    check_size(len(data))
    if data.startswith(XLSX_MARK):
        return "xlsx"
    if data.startswith((XLS_MARK, b"%PDF")):
        raise FileProblem("not_readable")
    if b"\0" in data[:_CHUNK] and not data.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        raise FileProblem("not_readable")
    return "csv"


def read_rows(data, encoding="utf-8", delimiter=","):
    """Yield the rows of a file that hold something; the first is the header.

    :param encoding: of a CSV file
    :param delimiter: of a CSV file
    :raise FileProblem: as soon as one is met; ``too_many`` past :data:`MAX_ROWS`
    """
    if find_format(data) == "xlsx":
        rows = _read_xlsx(data)
    else:
        rows = _read_csv(data, encoding, delimiter)
    count = blank = 0
    for number, cells, formulas in rows:
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            blank += 1
            if blank > MAX_BLANK_ROWS:
                raise FileProblem("too_many", limit=MAX_ROWS)
            continue
        if len(cells) > MAX_COLUMNS:
            raise FileProblem("too_wide", line=number, limit=MAX_COLUMNS)
        count += 1
        if count > MAX_ROWS + 1:
            raise FileProblem("too_many", limit=MAX_ROWS)
        yield Row(number, cells, formulas)
    if not count:
        raise FileProblem("empty")


# CSV ---------------------------------------------------------------------------------


def find_encoding(data):
    """The encoding of a CSV file, and whether that is certain or a guess.

    :return: name of the encoding, bool

    >>> find_encoding("姓名,电话".encode("gb18030"))
    ('gb18030', False)
    >>> find_encoding("Name,Telefon\\nMüller,1".encode("cp1252"))
    ('cp1252', False)
    >>> find_encoding("姓名".encode())
    ('utf-8', True)
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding, True
    if _find_undecodable(data, "utf-8") is None:
        return "utf-8", True
    sample = data[: 4 * _CHUNK]
    high = len(_HIGH.findall(sample))
    chinese = sum(len(run) for run in _GB2312.findall(sample))
    candidates = ["gb18030"] if chinese >= 0.8 * high else []
    for encoding in (*candidates, "cp1252"):
        if _find_undecodable(data, encoding) is None:
            return encoding, False
    return "latin-1", False


def _find_undecodable(data, encoding):
    """:return: position of what is not of this encoding, or None"""
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(data)
    for start in range(0, len(data) or 1, _CHUNK):
        try:
            decoder.decode(view[start : start + _CHUNK], start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return start + error.start
    return None


def find_delimiter(data, encoding):
    """The character that parts the first line into the most cells.

    >>> find_delimiter(b"name;phone;city, country", "utf-8")
    ';'
    """
    text = data[:_CHUNK].decode(encoding, "replace")
    told = re.match("\ufeff?sep=(.)\r?\n", text)
    if told and told[1] in DELIMITERS:
        return told[1]
    line = next(filter(str.strip, text.splitlines()), "")
    return max(
        DELIMITERS,
        key=lambda delimiter: len(next(csv.reader([line], delimiter=delimiter), ())),
    )


def _read_csv(data, encoding, delimiter):
    undecodable = _find_undecodable(data, encoding)
    if undecodable is not None:
        line = data.count(b"\n", 0, undecodable) + 1
        raise FileProblem("wrong_encoding", encoding=encoding, line=line)
    lines = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if number == 1 and cells:
                cells[0] = cells[0].removeprefix("\ufeff")
                if re.fullmatch("sep=.?", cells[0]):
                    cells = []
            cells = [_clean(cell) for cell in cells]
            formulas = {
                index for index, cell in enumerate(cells) if cell.startswith("=")
            }
            yield number, cells, formulas
            number = reader.line_num + 1
    except csv.Error as error:
        raise FileProblem("broken", line=number) from error


def _clean(text):
    """A cell's text without what no name or number holds.

    The apostrophe that :func:`escape` puts before what looks like a formula is taken
    away: a file that was given back can be corrected and read again.
    """
    text = _CONTROL.sub("", text).strip()[: MAX_CELL + 1]
    if text.startswith("'") and text[1:2] in FORMULA_STARTS:
        return text[1:]
    return text


def escape(text):
    """``text`` so that no spreadsheet takes it for a formula.

    >>> escape("=1+1"), escape("Wang")
    ("'=1+1", 'Wang')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


# XLSX --------------------------------------------------------------------------------


def _read_xlsx(data):
    # Only who reads such a file loads the library.
    import openpyxl

    _check_archive(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    except Exception as error:
        # whatever the library stumbles over in a file that isn't what it says
        raise FileProblem("not_readable") from error
    try:
        yield from _read_sheet(book)
    except FileProblem:
        raise
    except Exception as error:
        raise FileProblem("not_readable") from error
    finally:
        book.close()


def _check_archive(data):
    """:raise FileProblem: when what is packed in ``data`` is not to be unpacked"""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MAX_UNPACKED_BYTES:
                raise FileProblem("too_large", size=unpacked, limit=MAX_UNPACKED_BYTES)
            for part in parts:
                with archive.open(part) as file:
                    # No spreadsheet declares entities, which could multiply.
                    if b"<!DOCTYPE" in file.read(_CHUNK):
                        raise FileProblem("not_readable")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FileProblem("not_readable") from error


def _read_sheet(book):
    sheets = [
        sheet
        for sheet in book.worksheets
        if getattr(sheet, "sheet_state", "visible") == "visible"
    ]
    if not sheets:
        raise FileProblem("empty")
    # What the file says of its size is as old as the program that wrote it wants.
    sheets[0].reset_dimensions()
    for number, cells in enumerate(sheets[0].iter_rows(), 1):
        row = cells[: MAX_COLUMNS + 1]
        formulas = {index for index, cell in enumerate(row) if cell.data_type == "f"}
        yield number, [_to_text(cell) for cell in row], formulas


def _to_text(cell):
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        # A telephone number is no measure: 13800000000.0 has eleven digits.
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        has_time = value.time() != datetime.time()
        return value.isoformat(" ") if has_time else value.date().isoformat()
    return _clean(str(value))


# The header --------------------------------------------------------------------------


def normalize(text):
    """What two spellings of a header have in common.

    >>> normalize(" E-Mail "), normalize("Job_Position"), normalize("Telefon Nr.")
    ('email', 'jobposition', 'telefonnr')
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in text if char.isalnum())


def match_columns(header, names):
    """Which field each column of the header means.

    :param header: list of the header's cells
    :param names: dict: for each field the names that it goes by
    :return: list of fields, None where none is known or it was found before
    """
    known = {}
    for field, spellings in names.items():
        for spelling in spellings:
            known.setdefault(normalize(spelling), field)
    found = []
    for cell in header:
        field = known.get(normalize(cell))
        found.append(None if field in found else field)
    return found


# The file that is given back ---------------------------------------------------------


def write_csv(rows, delimiter):
    """:return: rows of texts as a CSV file that every spreadsheet opens, harmless"""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([escape(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(rows):
    """:return: rows of texts as an XLSX file, every cell a text"""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return file.getvalue()
