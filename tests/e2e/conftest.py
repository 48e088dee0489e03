"""The whole system, running, for the end-to-end tests."""

from dataclasses import replace

import pytest

from dev import browser as browser_part
from dev import odoo
from dev.stack import Stack

#: The database that is copied for each session: installed once for a PREFIX.
TEMPLATE = "callcenter_template"


@pytest.fixture(scope="session")
def stack(settings, database_server):
    """PostgreSQL, PBX, carrier, the phone that answers by itself, and Odoo.

    A `dev.stack.Stack`: `stack.settings` has ports and paths, `stack.secrets` the
    passwords, `stack.stop("pbx")`, `start`, `kill` and `restart` make faults.
    """
    running = Stack(settings)
    running.prepare_parts()
    template = replace(settings, database=TEMPLATE)
    odoo.prepare(template)
    odoo.copy_database(settings, TEMPLATE)
    odoo.write_configuration(settings, with_connector=True)
    try:
        running.start_all()
        yield running
    finally:
        running.stop_all(keep=("postgres",))


@pytest.fixture(autouse=True)
def _whole_stack(request):
    """Start again what a test of faults has left stopped."""
    yield
    if "stack" in request.fixturenames:
        request.getfixturevalue("stack").ensure_all()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium with a microphone that hums, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_part.find(),
            args=browser_part.ARGUMENTS,
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(stack, browser):
    """A function that logs in and opens a page: `open_page(login, path)`.

    Each page is in a browser context of its own, as if on another machine.
    """
    contexts = []

    def open_page(login: str, path: str = "/odoo"):
        context = browser.new_context(
            base_url=stack.settings.odoo_url, permissions=["microphone"]
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(f"/web/login?redirect={path}")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", stack.secrets["passwords"][login])
        page.click("button[type=submit]")
        page.wait_for_selector(".o_web_client")
        return page

    yield open_page
    for context in contexts:
        context.close()
