import base64
import io

import openpyxl
import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools import customer_file
from .common import GROUP, CallcenterCase


def xlsx(rows):
    """An XLSX file of these rows; texts that begin with = are formulas."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


@tagged("post_install", "-at_install", "callcenter")
class TestPackageImport(CallcenterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.cn")
        cls.known = cls.env["res.partner"].create(
            {
                "name": "Known",
                "phone": "+86 138 0013 8000",
                "email": "known@example.com",
                "country_id": cls.env.ref("base.cn").id,
            }
        )
        cls.package = cls.env["callcenter.package"].create({"name": "From a file"})

    def _upload(self, content, name="list.csv", package=None, **values):
        if isinstance(content, str):
            content = content.encode()
        return (
            self.env["callcenter.package.import"]
            .with_user(self.manager)
            .create(
                {
                    "package_id": (package or self.package).id,
                    "data": base64.b64encode(content),
                    "file_name": name,
                    **values,
                }
            )
        )

    def _check(self, content, *args, **values):
        upload = self._upload(content, *args, **values)
        upload.action_check()
        return upload

    def _customers(self, package=None):
        package = package or self.package
        return (
            self.env["callcenter.package.customer"]
            .search([("package_id", "=", package.id)])
            .partner_id
        )

    def _rejected(self, upload):
        """The file that is given back: list of rows."""
        data = base64.b64decode(upload.rejected_file)
        return [row.cells for row in customer_file.read_rows(data, "utf-8-sig")]

    # The way through ---------------------------------------------------------------

    def test_a_file_fills_a_package(self):
        contacts = self.env["res.partner"].search_count([])
        upload = self._check(
            "Name,Phone,Email,City,Country,Company,Job,Reference,Shoe size\n"
            "Wang Fang,13800138001,wang@example.com,上海,China,ACME,Buyer,C-7,38\n"
            "Somebody,+86 13800138000,,,,,,,\n"
            "Hans Müller,030 901820,hans@example.com,Berlin,DE,,,,\n"
        )
        self.assertEqual(
            upload.column_ids.mapped("contact_field"),
            [
                *("name", "phone", "email", "city", "country_id"),
                *("company_name", "function", "ref", False),
            ],
        )
        self.assertRecordValues(
            upload,
            [
                {
                    "step": "check",
                    "encoding": "utf-8",
                    "delimiter": ",",
                    "is_guess": False,
                    "row_count": 3,
                    "match_count": 1,
                    "create_count": 2,
                    "take_count": 3,
                    "reject_count": 0,
                    "problem": "",
                }
            ],
        )
        self.assertEqual(self.env["res.partner"].search_count([]), contacts)
        self.assertFalse(self._customers())
        upload.action_import()
        self.assertEqual(
            upload.result,
            "3 customers added: 2 new contacts and 1 existing ones.",
        )
        self.assertRecordValues(
            self._customers().sorted("id"),
            [
                {"name": "Known", "phone": "+86 138 0013 8000"},
                {"name": "Wang Fang", "phone": "13800138001"},
                {"name": "Hans Müller", "phone": "030 901820"},
            ],
        )
        self.assertRecordValues(
            self._customers() - self.known,
            [
                {
                    "email": "wang@example.com",
                    "city": "上海",
                    "country_id": self.env.ref("base.cn").id,
                    "company_name": "ACME",
                    "function": "Buyer",
                    "ref": "C-7",
                    "is_company": False,
                    "phone_sanitized": "+8613800138001",
                },
                {
                    "email": "hans@example.com",
                    "city": "Berlin",
                    "country_id": self.env.ref("base.de").id,
                    "company_name": False,
                    "function": False,
                    "ref": False,
                    "is_company": False,
                    "phone_sanitized": "+4930901820",
                },
            ],
        )
        self.assertFalse(upload.data, "nobody needs the file any more")

    def test_a_second_time_adds_nobody(self):
        content = "Name,Phone\nWang,13800138001\nLi,13800138002\n"
        self._check(content).action_import()
        upload = self._check(content)
        self.assertEqual((upload.match_count, upload.known_count), (2, 2))
        with self.assertRaisesRegex(UserError, "no customer to add"):
            upload.action_import()
        self.assertEqual(len(self._customers()), 2)

    def test_xlsx(self):
        upload = self._check(
            xlsx([["姓名", "手机", "城市"], ["王芳", 13800138001, "上海"]]), "名单.xlsx"
        )
        self.assertFalse(upload.is_csv)
        upload.action_import()
        self.assertRecordValues(
            self._customers(),
            [{"name": "王芳", "phone": "13800138001", "city": "上海"}],
        )

    def test_companies(self):
        package = self.package.create({"name": "Firms", "customer_kind": "company"})
        upload = self._check("Name,Phone\nACME,+86 138 0013 8000\n", package=package)
        # the person with this number is no company
        self.assertEqual((upload.match_count, upload.create_count), (0, 1))
        upload.action_import()
        self.assertTrue(self._customers(package).is_company)

    def test_plans_take_the_customers(self):
        plan = self._create_plan("Works it", package_id=self.package.id)
        self._check("Name,Phone\nWang,13800138001\n").action_import()
        self.assertEqual(plan.pool_count, 1)
        number = self.env["callcenter.task"].search([("plan_id", "=", plan.id)])
        self.assertEqual(number.number_ids.number_e164, "+8613800138001")

    def test_all_or_nothing(self):
        upload = self._check("Name,Phone\nWang,13800138001\nLi,13800138002\n")
        contacts = type(self.env["res.partner"])
        create = contacts.create

        def fail(records, vals_list):
            create(records, vals_list)
            raise ValueError(vals_list)

        before = self.env["res.partner"].search_count([])
        self.patch(contacts, "create", fail)
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            upload.action_import()
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        self.assertFalse(self._customers())

    # Matching ----------------------------------------------------------------------

    def test_contacts_are_found_by_number_however_it_is_written(self):
        for number in ("13800138000", "138-0013-8000", "0086 13800138000"):
            with self.subTest(number=number):
                upload = self._check(f"Name,Phone\nX,{number}\n")
                self.assertEqual((upload.match_count, upload.create_count), (1, 0))

    def test_contacts_are_found_by_mail(self):
        for row in ("X,,Known@Example.COM", "X,13800138009,known@example.com"):
            with self.subTest(row=row):
                upload = self._check(f"Name,Phone,Email\n{row}\n")
                self.assertEqual((upload.match_count, upload.create_count), (1, 0))

    def test_contacts_are_found_by_reference(self):
        """Before their number: it is what the company itself knows them by."""
        self.known.ref = "C-7"
        self.env["res.partner"].create({"name": "Other", "phone": "13800138007"})
        upload = self._check("Name,Phone,Reference\nX,13800138007,C-7\nY,,C-8\n")
        self.assertEqual((upload.match_count, upload.create_count), (1, 0))
        self.assertIn("No contact has the reference “C-8”", upload.first_reasons)
        upload.action_import()
        self.assertEqual(self._customers(), self.known)

    def test_a_reference_is_enough_without_new_contacts(self):
        self.known.ref = "C-7"
        content = "Customer number\nC-7\nC-8\nC-7\n"
        self.assertIn("Phone", self._check(content).problem)
        upload = self._check(content, create_missing=False)
        self.assertFalse(upload.problem)
        self.assertEqual((upload.match_count, upload.reject_count), (1, 2))
        self.assertIn("Row 4: The same customer as in row 2", upload.first_reasons)

    def test_states_are_found_within_the_country(self):
        """By name or code, and only those of the row's country."""
        germany, america = self.env.ref("base.de"), self.env.ref("base.us")
        berlin = self.env["res.country.state"].create(
            {"name": "Testland", "code": "TX", "country_id": germany.id}
        )
        texas = self.env.ref("base.state_us_44")
        upload = self._check(
            "Name,Phone,State,Country\n"
            "Code,+49 30 901820,tx,DE\n"
            "Name,+49 30 901821,TESTLAND,Germany\n"
            "Abroad,+1 512 555 0100,TX,US\n"
            "Nowhere,+49 30 901823,Atlantis,DE\n"
            "Elsewhere,+86 21 5510 0200,Testland,\n"
        )
        self.assertEqual(upload.column_ids[2].contact_field, "state_id")
        self.assertIn("“Atlantis” is no state of Germany", upload.first_reasons)
        self.assertIn("“Testland” is no state of China", upload.first_reasons)
        upload.action_import()
        self.assertRecordValues(
            self._customers().sorted("id"),
            [
                {"name": "Code", "state_id": berlin.id, "country_id": germany.id},
                {"name": "Name", "state_id": berlin.id, "country_id": germany.id},
                {"name": "Abroad", "state_id": texas.id, "country_id": america.id},
            ],
        )
        upload = self._check("Name,Phone,Province\nX,+86 21 5510 0201,Testland\n")
        upload.country_id = False
        upload.action_check()
        self.assertIn("is of no country", upload.first_reasons)

    def test_a_contact_that_is_found_is_not_changed(self):
        self._check("Name,Phone,City\nOther,13800138000,Berlin\n").action_import()
        self.assertRecordValues(self.known, [{"name": "Known", "city": False}])

    def test_colleagues_are_not_found(self):
        self.manager.partner_id.email = "boss@example.com"
        upload = self._check("Name,Email\nBoss,boss@example.com\n")
        self.assertEqual((upload.match_count, upload.create_count), (0, 1))

    def test_without_new_contacts(self):
        upload = self._upload("Phone\n13800138000\n13800138001\n", create_missing=False)
        upload.action_check()
        self.assertEqual((upload.match_count, upload.reject_count), (1, 1))
        upload.action_import()
        self.assertEqual(self._customers(), self.known)

    def test_numbers_are_read_in_the_country_that_is_chosen(self):
        upload = self._upload(
            "Name,Phone\nHans,030 901820\n", country_id=self.env.ref("base.de").id
        )
        upload.action_check()
        self.assertEqual(upload.create_count, 1)

    # Rows that are not taken -------------------------------------------------------

    def test_rows_are_given_back_with_reasons(self):
        upload = self._check(
            "Name,Phone,Email,Country\n"
            "Wang,13800138001,,\n"
            "Li,12,,\n"
            ",13800138003,,\n"
            "Zhao,,,\n"
            "Sun,,no mail,\n"
            "Qian,13800138004,,Atlantis\n"
            "=1+1,13800138005,,\n"
            "Wang again,+86 138 0013 8001,,\n"
            "Wu,13800138006,,,too much\n"
            f"{'x' * 3000},13800138007,,\n",
        )
        self.assertEqual(
            (upload.row_count, upload.create_count, upload.reject_count), (10, 1, 9)
        )
        self.assertEqual(upload.repeat_count, 1)
        header, *rows = self._rejected(upload)
        self.assertEqual(
            header, ["Name", "Phone", "Email", "Country", "", "Row", "Reason"]
        )
        reasons = {int(row[-2]): row[-1] for row in rows}
        for number, reason in (
            (3, "“12” is no phone number of China"),
            (4, "no name"),
            (5, "no phone number and no e-mail"),
            (6, "“no mail” is no e-mail address"),
            (7, "“Atlantis” is no country"),
            (8, "“Name” holds a formula"),
            (9, "same customer as in row 2"),
            (10, "more cells than in the header"),
            (11, "more than 2000 characters"),
        ):
            with self.subTest(row=number):
                self.assertIn(reason, reasons[number])
        self.assertIn("Row 3: “12” is no", upload.first_reasons)
        upload.action_import()
        self.assertEqual(self._customers().mapped("name"), ["Wang"])

    def test_nothing_in_the_file_given_back_is_run_by_a_spreadsheet(self):
        upload = self._check(
            "Name,Phone\n=cmd|' /C calc'!A0,13800138001\n@SUM(1),x\n-2+3,x\n"
        )
        text = base64.b64decode(upload.rejected_file).decode("utf-8-sig")
        for line in text.splitlines():
            for cell in line.split(","):
                self.assertNotRegex(cell.strip('"'), r"^[=+@-]")

    def test_a_file_given_back_can_be_corrected_and_imported(self):
        upload = self._check("Name;Phone\nLi;+86 12\n")
        back = base64.b64decode(upload.rejected_file).replace(b"12", b"13800138002")
        upload = self._check(back, upload.rejected_name)
        self.assertEqual((upload.create_count, upload.reject_count), (1, 0))

    def test_formulas_in_xlsx_are_refused_with_the_row_named(self):
        upload = self._check(
            xlsx(
                [
                    ["Name", "Phone", "Sum"],
                    ["Wang", 13800138001, "=1+1"],
                    ['=HYPERLINK("http://x","Li")', 13800138002, 1],
                ]
            ),
            "list.xlsx",
        )
        # nobody reads the column of sums
        self.assertEqual((upload.create_count, upload.reject_count), (1, 1))
        self.assertIn("Row 3: “Name” holds a formula", upload.first_reasons)
        data = base64.b64decode(upload.rejected_file)
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        self.assertEqual(upload.rejected_name, "list - rejected.xlsx")
        self.assertFalse([c for row in sheet for c in row if c.data_type == "f"])

    # Files that can't be read ------------------------------------------------------

    def test_a_wrong_header_is_named(self):
        upload = self._check("Alpha,Beta\nWang,13800138001\n")
        self.assertIn("Phone and Name", upload.problem)
        self.assertIn("Alpha | Beta", upload.problem)
        with self.assertRaisesRegex(UserError, "Alpha"):
            upload.action_import()
        with Form(upload) as form:
            for place, field in enumerate(("name", "phone")):
                with form.column_ids.edit(place) as column:
                    column.contact_field = field
            self.assertFalse(form.is_checked)
        upload.action_check()
        self.assertFalse(upload.problem)
        upload.action_import()
        self.assertEqual(self._customers().mapped("name"), ["Wang"])

    def test_a_field_is_read_from_one_column(self):
        upload = self._check("Phone,Mobile,Name\n13800138001,13800138002,Wang\n")
        upload.column_ids[1].contact_field = "phone"
        upload.action_check()
        self.assertIn("Two columns are read as “Phone”", upload.problem)

    def test_a_guessed_encoding_is_shown_and_can_be_changed(self):
        content = "姓名,电话\n王芳,13800138001\n".encode("gb18030")
        upload = self._check(content)
        self.assertEqual((upload.encoding, upload.is_guess), ("gb18030", True))
        self.assertEqual(upload.column_ids[0].sample, "王芳")
        upload.encoding = "latin-1"
        upload.action_check()
        self.assertNotEqual(upload.column_ids[0].sample, "王芳")
        upload.encoding = "gb18030"
        upload.action_check()
        upload.action_import()
        self.assertEqual(self._customers().mapped("name"), ["王芳"])

    def test_a_wrong_encoding_is_named(self):
        upload = self._check("姓名,电话\n王芳,13800138001\n".encode("gb18030"))
        upload.encoding = "utf-8"
        with self.assertRaisesRegex(UserError, "Line 1 .* not written in UTF-8"):
            upload.action_check()
        self.assertEqual(upload.step, "check")

    def test_other_files_are_named(self):
        half = b'Name,Phone\n"Wang,1\n'
        limit = customer_file.MAX_ROWS
        for content, message in (
            (b"\n\n", "empty"),
            (b"%PDF-1.7", "neither CSV nor XLSX"),
            (b"PK\x03\x04 broken", "neither CSV nor XLSX"),
            (half, "quotation mark .* line 2"),
            (b"Name\n" + b"x\n" * (limit + 1), "more than 20,000 customers"),
            (b"Name\n" + b"x," * 200 + b"x\n", "more than 100 columns"),
            (b"x" * (11 * 1024 * 1024), "has 11.0 MB, and 10 MB"),
        ):
            with (
                self.subTest(message=message),
                self.assertRaisesRegex(UserError, message),
            ):
                self._check(content)

    def test_a_million_lines_are_refused(self):
        content = b"Name\n" + b"Wang,1\n" * 1_000_000
        with self.assertRaisesRegex(UserError, "20,000"):
            self._check(content)

    def test_without_a_file(self):
        upload = self.env["callcenter.package.import"].create(
            {"package_id": self.package.id}
        )
        with self.assertRaisesRegex(UserError, "Choose a file"):
            upload.action_check()
        upload = self._check("Name,Phone\nWang,13800138001\n")
        upload.action_back()
        self.assertEqual((upload.step, upload.data), ("file", False))
        self.assertFalse(upload.column_ids)

    # Size --------------------------------------------------------------------------

    def test_two_thousand_rows(self):
        content = "Name,Phone,Email\n" + "".join(
            f"Many {number},1380014{number:04},m{number}@example.com\n"
            for number in range(2000)
        )
        upload = self._upload(content)
        with self.assertQueryCount(60):
            upload.action_check()
        self.assertEqual(upload.create_count, 2000)
        upload.action_import()
        self.assertEqual(self.package.customer_count, 2000)

    # Rights ------------------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_files_are_for_the_manager_who_chose_them(self):
        upload = self._check("Name,Phone\nWang,13800138001\n")
        other = new_test_user(self.env, "cc_other", groups=f"{GROUP}manager")
        for user in (self.supervisor, self.agent.user_id, other):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    upload.with_user(user).read(["data", "rejected_file"])
                with self.assertRaises(AccessError):
                    upload.with_user(user).action_import()
        self.assertFalse(self._customers())

    def test_packages_of_other_companies_are_not_filled(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        package = self.package.create({"name": "Elsewhere", "company_id": company.id})
        self.manager.company_ids = [Command.set(self.env.company.ids)]
        with self.assertRaises(AccessError):
            self._check("Name,Phone\nWang,13800138001\n", package=package)
