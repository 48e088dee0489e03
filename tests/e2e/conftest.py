"""The whole system, running, for the end-to-end tests."""

import pytest

from dev import browser as browser_part
from dev.phones import Phone
from dev.stack import Stack
from tests.e2e.agent_page import AgentPage
from tests.e2e.call_center import CallCenter
from tests.e2e.carrier import CarrierLog


@pytest.fixture(scope="session")
def stack(settings, database_server):
    """PostgreSQL, PBX, carrier, the phone that answers by itself, and Odoo.

    A `dev.stack.Stack`: `stack.settings` has ports and paths, `stack.secrets` the
    passwords, `stack.stop("pbx")`, `start`, `kill` and `restart` make faults.
    """
    running = Stack(settings)
    try:
        running.start_fresh()
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


@pytest.fixture(scope="session")
def center(stack):
    """The running call centre, seen by its manager."""
    return CallCenter(stack)


@pytest.fixture(scope="session")
def carrier_log(stack):
    """What reached the simulated carrier, as it wrote it down itself."""
    return CarrierLog(stack.settings.run / "carrier/log/calls.jsonl")


@pytest.fixture
def phone_1988(stack, center):
    """A function that starts a SIP phone at extension 1988: `phone_1988("manual")`.

    With `headers` the extension is set to ask for an answer; it is put back afterwards.
    """
    started = []
    extension = center.records.one("callcenter.extension", ("number", "=", "1988"))

    def start(answer: str, **options) -> Phone:
        center.records.write(
            "callcenter.extension", extension["id"], auto_answer=answer == "headers"
        )
        phone = Phone(
            "1988",
            stack.secrets["extensions"]["1988"],
            stack.settings.run / "phones/1988",
            sip_port=stack.settings.sip_port,
            answer=answer,
            **options,
        )
        started.append(phone)
        phone.start()
        phone.wait_registered()
        return phone

    yield start
    for phone in started:
        phone.stop()
    center.records.write("callcenter.extension", extension["id"], auto_answer=False)


@pytest.fixture
def ready_page(center, open_page):
    """A function that opens the workspace of an agent who can call: `("1987")`."""

    def open_ready(login: str) -> AgentPage:
        center.make_ready(login, timeout=75)
        page = AgentPage(open_page(login, "/odoo/call-center"))
        page.wait_phone_ok()
        return page

    return open_ready


@pytest.fixture
def short_rings(center):
    """Phones ring for five seconds, so that nobody waits long for no answer."""
    pbx = center.records.one(
        "callcenter.pbx", fields=["agent_ring_seconds", "customer_ring_seconds"]
    )
    pbx_id = pbx.pop("id")
    center.records.write(
        "callcenter.pbx", pbx_id, agent_ring_seconds=5, customer_ring_seconds=5
    )
    yield
    center.records.write("callcenter.pbx", pbx_id, **pbx)
