"""From an empty PBX and an empty database to agents at work, by clicks alone.

Steps 1 to 6 of the walk-through. What a person would do is done in the browser;
phones and the carrier are real; nothing is prepared but contacts to import.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dev import asterisk
from tests.e2e.empty_center import ADMINISTRATOR, EmptyCenter
from tests.e2e.manager_page import PATIENCE, ManagerPage

#: Five customers: three answer after a second, one is busy, one rings on.
CUSTOMERS = (
    ("Zhang Wei", "+86 21 5530 0100", "Xian"),
    ("Emma Clark", "+86 21 5531 0100", "Shanghai"),
    ("Liu Wen", "+86 21 5532 0103", "Shanghai"),
    ("Anna Schmidt", "+86 21 5533 1100", "Suzhou"),
    ("Chen Jie", "+86 21 5534 1100", "Hangzhou"),
)
#: What the manager types for an agent.
PASSWORD = "walk-through-1986"


@pytest.fixture(scope="module")
def center(settings, database_server):
    """A call centre in which nothing is set up."""
    center = EmptyCenter(settings, voice=26_000)
    try:
        center.start()
        yield center
    finally:
        center.stop()


@pytest.fixture(scope="module")
def pictures(center):
    """A folder for pictures of each step."""
    folder = center.run / "pictures"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def window(center, browser):
    """A function that opens a browser of its own on Odoo."""
    contexts = []

    def open_window(width: int = 1280, height: int = 720):
        context = browser.new_context(
            base_url=center.settings.odoo_url,
            viewport={"width": width, "height": height},
            permissions=["microphone"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield open_window
    for context in contexts:
        context.close()


def log_in_as_manager(page) -> ManagerPage:
    """Log in on the log-in page as the administrator of a new database."""
    login, password = ADMINISTRATOR
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    return ManagerPage(page)
