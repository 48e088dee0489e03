"""The statistics as a manager reads them: on the page, in the XLSX file."""

import re
from datetime import date

import openpyxl
from playwright.sync_api import expect

from tests.e2e.campaign import Figures

#: What the page shows of each of our own figures.
COLUMNS = {
    "data_volume": "count",
    "unsaved": "count",
    "dials": "count",
    "contact_rate": "rate",
    "answer_rate": "rate",
    "total_seconds": "duration",
    "talk_seconds": "duration",
    "follow_up": "count",
    "done": "count",
    "passed": "count",
    "effective_contact_rate": "rate",
}
#: The same in the heading of the XLSX file.
LABELS = {
    "data_volume": "Data volume",
    "unsaved": "Not saved",
    "dials": "Calls made",
    "contact_rate": "Contact rate",
    "answer_rate": "Answer rate",
    "total_seconds": "Total time",
    "talk_seconds": "Talk time",
    "follow_up": "Follow up",
    "done": "Done",
    "passed": "Passed",
    "effective_contact_rate": "Effective contact rate",
}
#: How far the PBX's clock and the carrier's may be apart on one call (s); the page
#: shows whole seconds.
PER_CALL = 0.4


class StatisticsPage:
    """The page of statistics, for one plan.

    :param manager: the window of a manager
    :param folder: where files are downloaded to
    """

    def __init__(self, manager, folder):
        self.page = manager.page
        self.folder = folder
        manager.open_page("Reports", "Outbound Statistics", ".o_cc_statistics")

    def choose_plan(self, plan: str) -> None:
        """Show the figures of one plan alone; the page remembers what was chosen."""
        place = self.page.locator(".o_cc_statistics_filter[data-name=plan_ids]")
        self._wait_loaded()
        while place.locator(".o_tag").count():
            tags = place.locator(".o_tag").count()
            place.locator(".o_tag .o_delete").first.click()
            expect(place.locator(".o_tag")).to_have_count(tags - 1)
        place.locator("input").fill(plan)
        self.page.locator(".o-autocomplete--dropdown-item", has_text=plan).first.click()
        expect(place.locator(".o_tag")).to_have_text(re.compile(re.escape(plan)))
        self._wait_loaded()

    def choose_period(self, first: date, last: date) -> None:
        """Show the figures of these days and those between them."""
        page = self.page
        page.click(".o_cc_period")
        page.fill(".o_cc_date_from", first.isoformat())
        page.fill(".o_cc_date_to", last.isoformat())
        page.click(".o_cc_period_apply")
        self._wait_loaded()

    def show_by(self, by: str) -> None:
        """Choose what a row is."""
        button = self.page.locator(f".o_cc_statistics_by[data-by={by}]")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        self._wait_loaded()

    def rows(self) -> dict[str, dict[str, str]]:
        """Return what the rows say: key -> column -> text."""
        return self._read("tbody")

    def total(self) -> dict[str, str]:
        """Return what the last row says."""
        (row,) = self._read("tfoot").values()
        return row

    def cards(self) -> dict[str, str]:
        """Return the large figures."""
        figures = self.page.locator(".o_cc_statistics_card .o_cc_figure")
        return {
            figure.get_attribute("data-name"): figure.inner_text()
            for figure in figures.all()
        }

    def headings(self) -> dict[str, str]:
        """Return the columns' names and what is written on them."""
        cells = self.page.locator(".o_cc_statistics_table thead th[data-name]")
        return {
            cell.get_attribute("data-name"): cell.inner_text() for cell in cells.all()
        }

    def open(self, name: str) -> None:
        """Click on a figure of the last row."""
        figure = self.page.locator(f"tfoot [data-name={name}] .o_cc_figure")
        figure.click()
        self.page.wait_for_selector(".o_list_view")

    def export(self) -> list[dict[str, object]]:
        """Download the XLSX file; return its rows by heading, the total last."""
        with self.page.expect_download() as download:
            self.page.click(".o_cc_xlsx")
        path = self.folder / "statistics.xlsx"
        download.value.save_as(path)
        table, definitions = openpyxl.load_workbook(path).worksheets
        values = [[cell.value for cell in row] for row in table.iter_rows()]
        top = next(
            place for place, row in enumerate(values) if LABELS["data_volume"] in row
        )
        assert definitions.max_row > len(LABELS)
        return [dict(zip(values[top], row, strict=True)) for row in values[top + 1 :]]

    def _wait_loaded(self) -> None:
        place = self.page.locator(".o_cc_statistics")
        expect(place).to_have_attribute("aria-busy", "false")

    def _read(self, part: str) -> dict[str, dict[str, str]]:
        rows = self.page.locator(f".o_cc_statistics_table {part} tr")
        return {
            row.get_attribute("data-key"): {
                cell.get_attribute("data-name"): cell.inner_text()
                for cell in row.locator("td").all()
            }
            for row in rows.all()
        }


def check_row(
    shown: dict[str, str], headings: dict[str, str], counted: Figures
) -> None:
    """Assert that a row of the page says what was counted apart from it."""
    for name, kind in COLUMNS.items():
        value = getattr(counted, name)
        if kind == "duration":
            assert abs(seconds(shown[name]) - value) <= PER_CALL * counted.dials + 1, (
                name
            )
        else:
            assert shown[name] == written(value, kind), name
    results = {
        headings[name]: text
        for name, text in shown.items()
        if name not in COLUMNS and text != "–"
    }
    assert results == {name: str(count) for name, count in counted.results.items()}


def check_line(line: dict[str, object], counted: Figures) -> None:
    """Assert that a row of the XLSX file says the same."""
    for name, kind in COLUMNS.items():
        value, found = getattr(counted, name), line[LABELS[name]] or 0
        if kind == "duration":
            assert is_near(in_seconds(found), value, counted), name
        else:
            assert abs(found - value) < 1e-6, name
    for result, count in counted.results.items():
        assert line[result] == count, result


def is_near(shown: float, value: float, counted: Figures) -> bool:
    """Tell whether two clocks may mean the same by these seconds."""
    return abs(shown - value) <= PER_CALL * counted.dials + 1


def written(value: float, kind: str) -> str:
    """Return a count or a rate as the page writes it."""
    if kind == "rate":
        return f"{100 * value:.2f}".rstrip("0").rstrip(".") + " %"
    return str(value) if value else "–"


def seconds(text: str) -> int:
    """Return the seconds of a time that is written like 9:58 or 1:02:03."""
    if text == "–":
        return 0
    whole = 0
    for part in text.split(":"):
        whole = 60 * whole + int(part)
    return whole


def in_seconds(value: object) -> float:
    """Return the seconds of a cell with a duration: a fraction of a day, or a time."""
    if isinstance(value, (int, float)):
        return 86_400 * value
    if hasattr(value, "total_seconds"):
        return value.total_seconds()
    return 3600 * value.hour + 60 * value.minute + value.second
