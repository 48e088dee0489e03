import io
import json
from datetime import timedelta
from urllib.parse import unquote

import openpyxl

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_statistics import FROM, NIGHT, TO, StatisticsCase

ROUTE = "/callcenter_outbound/statistics/xlsx"


@tagged("post_install", "-at_install", "callcenter")
class TestStatisticsPage(StatisticsCase, HttpCase):
    """The page and its file, on the real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.name = "=1+1 plan"
        cls._make_call(cls.task, NIGHT, True, "done_success", total=3_700, talk=3_600)
        cls._make_call(cls.task, NIGHT + timedelta(hours=1), False, total=20)
        cls._make_call(
            cls.other_task,
            NIGHT + timedelta(hours=4),
            False,
            "follow_up",
            result=cls.unanswered_result,
            total=30,
        )
        cls._make_call(cls.other_task, None, requested_at=NIGHT)

    def _get(self, login, **parameters):
        self.authenticate(login, login)
        address = {
            "date_from": FROM,
            "date_to": TO,
            "plan_ids": str(self.plan.id),
            **parameters,
        }
        query = "&".join(f"{name}={value}" for name, value in address.items())
        return self.url_open(f"{ROUTE}?{query}")

    def _read_book(self, by):
        response = self._get("cc_manager", by=by)
        self.assertEqual(response.status_code, 200)
        self.assertIn("spreadsheetml", response.headers["Content-Type"])
        name = unquote(response.headers["Content-Disposition"])
        self.assertTrue(name.endswith(f"Outbound Statistics {FROM} {TO}.xlsx"), name)
        return openpyxl.load_workbook(io.BytesIO(response.content))

    # XLSX --------------------------------------------------------------------------

    def test_the_file_says_what_the_page_says(self):
        filters = {"plan_ids": self.plan.ids}
        for by in ("total", "day", "hour", "plan"):
            page = self.statistics.read_page(
                {"date_from": FROM, "date_to": TO}, by, filters
            )
            columns = [column for column in page["columns"] if column["is_shown"]]
            book = self._read_book(by)
            self.assertEqual(book.sheetnames, ["Outbound Statistics", "Definitions"])
            rows = list(book.worksheets[0].iter_rows())
            top = next(
                number
                for number, row in enumerate(rows)
                if row[1].value == "Data volume"
            )
            self.assertEqual(
                [cell.value for cell in rows[top][1:]],
                [column["label"] for column in columns],
            )
            body = rows[top + 1 :]
            self.assertEqual(len(body), len(page["rows"]) + 1)
            for cells, values in zip(body, [*page["rows"], page["total"]], strict=True):
                self.assertEqual(cells[0].value, values["label"])
                for cell, column in zip(cells[1:], columns, strict=True):
                    self._check_cell(cell, column, values[column["name"]])
            self.assertTrue(body[-1][1].font.bold)

    def _check_cell(self, cell, column, value):
        shown = cell.value
        if column["kind"] == "duration":
            # A spreadsheet counts days.
            if isinstance(shown, timedelta):
                shown = shown.total_seconds()
            self.assertEqual(cell.number_format, "[h]:mm:ss")
        elif column["kind"] == "rate":
            self.assertEqual(cell.number_format, "0.00%")
        self.assertAlmostEqual(shown, value, places=3, msg=column["name"])

    def test_headings_definitions_and_names(self):
        book = self._read_book("plan")
        table, definitions = book.worksheets
        self.assertTrue(table.freeze_panes)
        texts = [cell.value for row in table.iter_rows() for cell in row]
        for text in ("Answered", "Unanswered", "Test cooperative", "Test busy"):
            self.assertIn(text, texts)
        # A plan's name is a text, whatever it begins with.
        for row in table.iter_rows():
            for cell in row:
                self.assertNotEqual(cell.data_type, "f", cell.coordinate)
        self.assertIn("=1+1 plan", texts)
        page = self.statistics.read_page(
            {"date_from": FROM, "date_to": TO}, "plan", {"plan_ids": self.plan.ids}
        )
        self.assertEqual(
            [tuple(cell.value for cell in row) for row in definitions.iter_rows()][1:],
            [(c["label"], c["help"]) for c in page["columns"] if c["is_shown"]],
        )

    def test_the_file_is_for_those_who_see_the_figures(self):
        self.assertEqual(self._get("cc_supervisor").status_code, 200)
        with mute_logger("odoo.http"):
            self.assertEqual(self._get("agent_7001").status_code, 403)
            self.assertNotEqual(self._get("cc_manager", by="week").status_code, 200)
            for name in ("plan_ids", "group_ids", "agent_ids"):
                self.assertEqual(
                    self._get("cc_manager", **{name: "1;2"}).status_code, 422
                )
        self.authenticate(None, None)
        response = self.url_open(ROUTE, allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def test_rpc_carries_the_figures(self):
        self.authenticate("cc_manager", "cc_manager")
        arguments = [FROM, TO, "hour", [["plan_id", "=", self.plan.id]]]
        rows = self.make_jsonrpc_request(
            "/web/dataset/call_kw/callcenter.statistics/figures",
            {
                "model": "callcenter.statistics",
                "method": "figures",
                "args": arguments,
                "kwargs": {},
            },
        )
        self.assertEqual([row["key"] for row in rows], [3, 22, 23])
        self.assertEqual(json.loads(json.dumps(rows)), rows)

    # The page ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_page(self):
        """From the menu's address to the calls that a figure counts, and back."""
        address = f"?by=hour&period={FROM}_{TO}&plan_ids={self.plan.id}"
        self.start_tour(
            f"/odoo/call-center-statistics{address}",
            "callcenter_outbound_statistics",
            login="cc_supervisor",
        )
