"""Files as people have them, and files that somebody made to do harm."""

import datetime
import doctest
import io
import tracemalloc
import zipfile

import openpyxl
import pytest
import xlsxwriter

from tools import customer_file
from tools.customer_file import FileProblem, Row


def read(data, **options):
    return list(customer_file.read_rows(data, **options))


def problem(data, **options):
    """The problem that reading the file ends in."""
    with pytest.raises(FileProblem) as caught:
        read(data, **options)
    return caught.value


def problem_and_peak(data):
    """The problem that reading the file ends in, and the memory it took (bytes)."""
    tracemalloc.start()
    try:
        return problem(data), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def xlsx(rows, **sheets):
    """An XLSX file of these rows; texts that begin with = are formulas."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, content in {"Customers": rows, **sheets}.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(content):
                sheet.write_row(number, 0, row)
    return file.getvalue()


def zipped(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def repacked(data, name, content):
    """An XLSX file with one part replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    return zipped({**parts, name: content})


class TestCsv:
    def test_rows_have_their_line_numbers(self):
        data = b'Name,Phone\nWang,1\n\n"Li\nNa",2,\n  ,\nZhao\n'
        assert read(data) == [
            Row(1, ["Name", "Phone"], set()),
            Row(2, ["Wang", "1"], set()),
            Row(4, ["Li\nNa", "2"], set()),
            Row(7, ["Zhao"], set()),
        ]

    @pytest.mark.parametrize(
        ("text", "encoding", "found"),
        [
            ("Name,Phone\nWang,1\n", "ascii", ("utf-8", True)),
            ("姓名,电话\n王芳,1\n", "utf-8", ("utf-8", True)),
            ("姓名,电话\n王芳,1\n", "utf-8-sig", ("utf-8-sig", True)),
            ("姓名,电话\n王芳,1\n", "utf-16", ("utf-16", True)),
            ("姓名,电话\n王芳,1\n", "gb18030", ("gb18030", False)),
            ("Name,Ort\nMüller,Köln\nÉmile,Orléans\n", "cp1252", ("cp1252", False)),
            ("Name\nMüller\n", "latin-1", ("cp1252", False)),
        ],
    )
    def test_encodings_are_found(self, text, encoding, found):
        data = text.encode(encoding)
        assert customer_file.find_encoding(data) == found
        rows = read(data, encoding=found[0])
        assert [row.cells for row in rows] == [
            line.split(",") for line in text.splitlines()
        ]

    def test_bytes_that_no_encoding_knows_are_latin_1(self):
        assert customer_file.find_encoding(b"Name\nM\x81\x8dller") == ("latin-1", False)

    def test_a_wrong_encoding_is_named_with_its_line(self):
        data = "Name,Phone\nWang,1\n王芳,2\n".encode("gb18030")
        found = problem(data, encoding="utf-8")
        assert found.code == "wrong_encoding"
        assert found.values == {"encoding": "utf-8", "line": 3}

    def test_a_character_across_two_chunks_is_whole(self, monkeypatch):
        monkeypatch.setattr(customer_file, "_CHUNK", 4)
        data = "姓名,电话\n王芳,1\n".encode()
        assert customer_file.find_encoding(data) == ("utf-8", True)
        assert read(data)[1].cells == ["王芳", "1"]

    @pytest.mark.parametrize("delimiter", customer_file.DELIMITERS)
    def test_delimiters_are_found(self, delimiter):
        data = delimiter.join(["Name", '"Street, No; x"', "City"]).encode()
        assert customer_file.find_delimiter(data, "utf-8") == delimiter

    def test_excel_tells_its_delimiter(self):
        data = b"sep=;\r\nName;A,B,C,D\r\nWang;1\r\n"
        assert customer_file.find_delimiter(data, "utf-8") == ";"
        assert [row.cells for row in read(data, delimiter=";")] == [
            ["Name", "A,B,C,D"],
            ["Wang", "1"],
        ]

    def test_one_column_is_a_file_too(self):
        data = b"Phone\n1\n"
        delimiter = customer_file.find_delimiter(data, "utf-8")
        assert read(data, delimiter=delimiter)[1].cells == ["1"]

    def test_formulas_are_told_apart_from_numbers_and_dashes(self):
        (header, row) = read(b"Name,Phone,Note\n=1+1,+86 1,-\n")
        assert row.formulas == {0}
        assert not header.formulas

    def test_a_quote_that_is_left_open_is_named_with_its_line(self):
        found = problem(b'Name,Phone\nWang,1\n"Li,2\nZhao,3\n')
        assert (found.code, found.values) == ("broken", {"line": 3})

    @pytest.mark.parametrize("data", [b"", b"\n\n , \n", b"\xef\xbb\xbf"])
    def test_an_empty_file_is_named(self, data):
        assert problem(data).code == "empty"

    @pytest.mark.parametrize(
        "data", [b"%PDF-1.7", b"\xd0\xcf\x11\xe0old", b"\x89PNG\r\n\x1a\n\0\0", b"a\0b"]
    )
    def test_other_files_are_named(self, data):
        assert problem(data).code == "not_readable"

    def test_control_characters_are_taken_out(self):
        assert read(b"Na\x07me\nWa\x0cng\x7f\n")[1].cells == ["Wang"]

    def test_as_many_rows_as_are_allowed_and_not_one_more(self):
        header, row = b"Name,Phone\n", b"Wang,1\n"
        limit = customer_file.MAX_ROWS
        assert len(read(header + row * limit)) == limit + 1
        assert problem(header + row * (limit + 1)).code == "too_many"

    def test_a_million_lines_are_refused_in_little_memory(self):
        data = b"Name\n" + b"Wang,1\n" * 1_000_000
        found, peak = problem_and_peak(data)
        assert (found.code, found.values) == ("too_many", {"limit": 20_000})
        assert peak < 30 * 1024 * 1024

    def test_millions_of_empty_lines_are_refused_in_little_memory(self):
        found, peak = problem_and_peak(b"\n" * 5_000_000)
        assert found.code == "too_many"
        assert peak < 30 * 1024 * 1024

    def test_a_file_too_large_is_refused_by_its_size(self):
        found = problem(b"x" * (customer_file.MAX_BYTES + 1))
        assert found.code == "too_large"
        assert found.values["limit"] == customer_file.MAX_BYTES

    def test_too_many_columns_are_refused(self):
        found = problem(b"Name\n" + b"x," * 200 + b"x\n")
        assert (found.code, found.values["line"]) == ("too_wide", 2)


class TestXlsx:
    def test_cells_are_texts(self):
        date = datetime.datetime(2026, 5, 4)
        file = io.BytesIO()
        book = openpyxl.Workbook()
        book.active.append(["Name", "Phone", "Since", "Size", "VIP"])
        book.active.append(["王芳", 13800000000, date, 1.5, True])
        book.active.append([None, None, None, None, None])
        book.active.append(["Li", "+86 138", None, None, None])
        book.save(file)
        assert read(file.getvalue()) == [
            Row(1, ["Name", "Phone", "Since", "Size", "VIP"], set()),
            Row(2, ["王芳", "13800000000", "2026-05-04", "1.5", "1"], set()),
            Row(4, ["Li", "+86 138"], set()),
        ]

    def test_numbers_that_excel_shows_in_science_keep_their_digits(self):
        assert read(xlsx([["Phone"], [8.6138e12]]))[1].cells == ["8613800000000"]

    def test_formulas_are_found_whatever_they_are(self):
        data = xlsx(
            [["Name", "Phone"], ['=HYPERLINK("http://x","Wang")', "1"], ["Li", 2]]
        )
        rows = read(data)
        assert [row.formulas for row in rows] == [set(), {0}, set()]

    def test_a_text_that_looks_like_a_formula_is_a_text(self):
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet()
            sheet.write_string(0, 0, "Name")
            sheet.write_string(1, 0, "=Wang")
        assert read(file.getvalue())[1] == Row(2, ["=Wang"], set())

    def test_hidden_sheets_are_passed_over(self):
        book = openpyxl.Workbook()
        book.active.append(["Secret"])
        book.active.sheet_state = "hidden"
        sheet = book.create_sheet("Customers")
        sheet.append(["Name"])
        book.active = 1
        file = io.BytesIO()
        book.save(file)
        assert read(file.getvalue())[0].cells == ["Name"]

    def test_a_million_lines_are_refused_at_once(self):
        file = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(xlsx([["Name"]]))) as archive:
            parts = {part: archive.read(part) for part in archive.namelist()}
        sheet = "xl/worksheets/sheet1.xml"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                if name != sheet:
                    archive.writestr(name, content)
            with archive.open(sheet, "w") as out:
                out.write(
                    b'<worksheet xmlns="http://schemas.openxmlformats.org/'
                    b'spreadsheetml/2006/main"><dimension ref="A1:A1000000"/>'
                    b"<sheetData>"
                )
                for number in range(1, 1_000_001):
                    out.write(
                        b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % ((number,) * 2)
                    )
                # Who reads on to here finds a broken file.
                out.write(b"</nothing>")
        assert problem(file.getvalue()).code == "too_many"

    def test_a_row_at_the_end_of_the_sheet_is_no_million_rows(self):
        book = openpyxl.Workbook()
        book.active.append(["Name"])
        book.active.cell(1_048_576, 1, "Wang")
        file = io.BytesIO()
        book.save(file)
        assert [row.number for row in read(file.getvalue())] == [1, 1_048_576]

    def test_a_line_number_from_beyond_is_refused(self):
        data = repacked(
            xlsx([["Name"]]),
            "xl/worksheets/sheet1.xml",
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
            'main"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="99999999999"><c r="A1"><v>1</v></c></row>'
            "</sheetData></worksheet>",
        )
        assert problem(data).code == "too_many"

    def test_a_zip_bomb_is_refused_by_its_size(self):
        bomb = io.BytesIO()
        with (
            zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("xl/worksheets/sheet1.xml", "w") as out,
        ):
            for _turn in range(200):
                out.write(b"0" * 1024 * 1024)
        data = bomb.getvalue()
        assert len(data) < customer_file.MAX_BYTES
        tracemalloc.start()
        found = problem(data)
        __, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found.code == "too_large"
        assert peak < 5 * 1024 * 1024

    def test_entities_that_multiply_are_refused(self):
        entities = '<!ENTITY a0 "ha">' + "".join(
            f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 12)
        )
        data = repacked(
            xlsx([["Name"]]),
            "xl/worksheets/sheet1.xml",
            f"<!DOCTYPE worksheet [{entities}]><worksheet xmlns="
            '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            '<row r="1"><c r="A1" t="str"><v>&a11;</v></c></row>'
            "</sheetData></worksheet>",
        )
        tracemalloc.start()
        found = problem(data)
        __, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found.code == "not_readable"
        assert peak < 5 * 1024 * 1024

    @pytest.mark.parametrize(
        "data",
        [
            customer_file.XLSX_MARK + b"no archive",
            zipped({"word/document.xml": "<x/>"}),
            repacked(
                xlsx([["Name"]]), "xl/worksheets/sheet1.xml", "<worksheet><broken"
            ),
        ],
    )
    def test_what_only_looks_like_a_workbook_is_named(self, data):
        assert problem(data).code == "not_readable"


class TestHeader:
    NAMES = {
        "name": ["name", "Name", "姓名"],
        "phone": ["phone", "Phone", "Mobile", "电话"],
        "email": ["email", "Email"],
    }

    def test_columns_are_found_by_any_name(self):
        header = ["E-Mail", " 姓名", "MOBILE", "Shoe size", ""]
        found = customer_file.match_columns(header, self.NAMES)
        assert found == ["email", "name", "phone", None, None]

    def test_a_field_is_taken_once(self):
        found = customer_file.match_columns(["Phone", "Mobile"], self.NAMES)
        assert found == ["phone", None]


class TestGivenBack:
    ROWS = [
        ["Name", "Phone"],
        ["=cmd|' /C calc'!A0", "+86 1"],
        ["@x", "-1"],
        ["王", "2"],
    ]

    def test_csv_holds_nothing_that_a_spreadsheet_would_run(self):
        data = customer_file.write_csv(self.ROWS, ",")
        text = data.decode("utf-8-sig")
        for line in text.splitlines():
            for cell in line.split(","):
                assert not cell.startswith(customer_file.FORMULA_STARTS)

    def test_csv_can_be_read_again(self):
        rows = read(customer_file.write_csv(self.ROWS, ";"), delimiter=";")
        assert [row.cells for row in rows] == self.ROWS
        assert rows[1].formulas == {0}

    def test_xlsx_holds_texts_alone(self):
        rows = read(customer_file.write_xlsx(self.ROWS))
        assert [row.cells for row in rows] == self.ROWS
        assert not any(row.formulas for row in rows)


def test_examples_hold():
    assert doctest.testmod(customer_file).failed == 0
