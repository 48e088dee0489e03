"""From an empty PBX and an empty database to agents at work, by clicks alone.

Steps 1 to 6 of the walk-through. What a person would do is done in the browser;
phones and the carrier are real; nothing is prepared but contacts to import.
"""

import re
from contextlib import contextmanager

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
    for number, context in enumerate(contexts):
        context.pages[0].screenshot(path=center.run / f"pictures/last-{number}.png")
        context.close()


def log_in_as_manager(page) -> ManagerPage:
    """Log in on the log-in page as the administrator of a new database."""
    login, password = ADMINISTRATOR
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    return ManagerPage(page)


def test_from_an_empty_pbx_to_an_agent_at_work(center, window, pictures):
    """Steps 1 to 6, one after another."""
    page = window()
    manager = log_in_as_manager(page)
    manager.open_app()

    add_pbx(center, manager)
    add_trunk(center, manager)
    secret = add_extension(manager, pictures)
    reload_is_refused_while_ami_is_dead(center, manager)
    reload_pbx(manager, pictures)
    with registered_phone(center, manager, secret, pictures) as phone:
        add_agent(manager, pictures)
        add_group(manager, pictures)
        add_package(manager, pictures)
        add_results(manager)
        add_plan(manager, pictures)
        distribute(manager, pictures)
        start_plan(manager)

        agent = log_in_as_agent(window())
        sign_in(agent, pictures)
        answered_call(center, agent, phone, pictures)
        unanswered_call_left_unsaved(center, agent, phone, pictures)
    read_records(manager, pictures)


# The manager ------------------------------------------------------------------------


def add_pbx(center, manager):
    """Enter where the PBX is; the connector reaches it without a restart."""
    settings, secrets = center.settings, center.secrets
    manager.open_menu("PBX", "PBXs")
    manager.wait_text("Connect your PBX")
    manager.new()
    for name, value in (
        ("name", "Main"),
        ("ami_host", "127.0.0.1"),
        ("ami_port", str(settings.ami_port)),
        ("ami_user", secrets["ami_user"]),
        ("new_ami_secret", secrets["ami_secret"]),
        ("ari_url", f"http://127.0.0.1:{settings.ari_port}/ari"),
        ("ari_user", secrets["ari_user"]),
        ("new_ari_secret", secrets["ari_secret"]),
        ("sip_domain", f"127.0.0.1:{settings.sip_port}"),
    ):
        manager.fill(name, value)
    manager.save()
    manager.open_menu("PBX", "PBXs")
    manager.wait_text("Connected to Asterisk")


def add_trunk(center, manager):
    """Enter how the carrier is reached."""
    manager.open_menu("PBX", "Trunks")
    manager.new()
    for name, value in (
        ("name", "carrier"),
        ("host", "127.0.0.1"),
        ("port", str(center.settings.carrier_sip_port)),
        ("username", "callcenter"),
        ("new_secret", center.secrets["trunk_secret"]),
        ("caller_number", "862155550000"),
        ("max_channels", "10"),
    ):
        manager.fill(name, value)
    manager.save()
    manager.wait_text("trunk carrier added", ".o_cc_reload_bar")


def add_extension(manager, pictures):
    """Add an extension; the bar says that the PBX must reload. Returns the secret."""
    manager.open_menu("PBX", "Extensions")
    manager.new()
    manager.fill("number", "1986")
    manager.fill("name", "Desk 12")
    manager.save()
    manager.wait_text("2 changes wait", ".o_cc_reload_bar")
    manager.wait_text("extension 1986 added", ".o_cc_reload_bar")
    card = manager.page.locator(".o_cc_softphone_card")
    card.locator(".o_cc_show_password").click()
    secret = card.locator("[data-name=password] .o_cc_value")
    expect(secret).to_have_text(re.compile(r"^[A-Za-z0-9]{24}$"))
    manager.picture(pictures / "extension.png")
    return secret.inner_text()


def reload_is_refused_while_ami_is_dead(center, manager):
    """The bar stays and says so; it can be tried again."""
    asterisk.stop(center.settings)
    manager.page.click(".o_cc_reload_now")
    manager.wait_text("can't be reached", ".o_cc_reload_message")
    assert manager.page.locator(".o_cc_reload_bar").is_visible()
    asterisk.start(center.settings)


def reload_pbx(manager, pictures):
    """A click applies what waits, and the bar goes away."""
    manager.open_menu("PBX", "PBXs")
    manager.wait_text("Connected to Asterisk", timeout=60_000)
    manager.page.click(".o_cc_reload_show")
    manager.wait_text("trunk carrier added", ".o_cc_reload_changes")
    manager.picture(pictures / "reload-bar.png")
    manager.page.click(".o_cc_reload_now")
    manager.wait_text("extension 1986", ".o_cc_reload_done")
    manager.picture(pictures / "reload-done.png")
    expect(manager.page.locator(".o_cc_reload_bar")).to_have_count(0)


@contextmanager
def registered_phone(center, manager, secret, pictures):
    """A phone with what the card says registers, and the list follows by itself."""
    manager.open_menu("PBX", "Extensions")
    manager.wait_text("Not registered", ".o_data_row")
    with center.phone("1986", "auto", secret=secret, tone_hz=700) as phone:
        phone.wait_registered()
        row = manager.wait_text("OK (", ".o_data_row")
        expect(row).to_contain_text(re.compile(r"OK \(\d+ ms\)"))
        expect(row).to_contain_text("baresip")
        manager.picture(pictures / "extensions.png")
        yield phone
    manager.open_menu("PBX", "Extensions")
    manager.wait_text("Not registered", ".o_data_row")


def add_agent(manager, pictures):
    """An agent with that extension: the Odoo user is made with it."""
    manager.open_menu("Agents", "Agents")
    manager.new()
    manager.fill("name", "Wang Fang")
    manager.fill("number", "1986")
    manager.fill("new_password", PASSWORD)
    manager.choose("extension_id", "1986")
    manager.save()
    manager.picture(pictures / "agent.png")


def add_group(manager, pictures):
    """A group, and its agents by the dialog of two lists."""
    page = manager.page
    manager.open_menu("Agents", "Agent Groups")
    manager.new()
    manager.fill("name", "Outbound sales")
    manager.set_switch("incoming", True)
    manager.save()
    page.click(".o_cc_edit_agents")
    page.locator(".o_cc_available .o_cc_choice", has_text="1986").locator(
        "input"
    ).check()
    manager.picture(pictures / "group.png")
    page.click(".o_cc_move_right")
    page.locator(".o_cc_members .o_cc_choice", has_text="1986").wait_for()
    page.click(".o_cc_save_members")
    manager.wait_text("Outbound sales", ".o_notification")
    manager.wait_text("group Outbound sales", ".o_cc_reload_bar")
    page.click(".o_cc_reload_now")
    manager.wait_text("group Outbound sales", ".o_cc_reload_done")
    manager.open_menu("Agents", "Agent Groups")
    count = page.locator(".o_data_row", has_text="Outbound sales").locator(
        "[name=agent_count]"
    )
    expect(count).to_have_text("1")


def add_package(manager, pictures):
    """A package filled from a file: nothing is written before it was shown."""
    page = manager.page
    manager.open_menu("Outbound", "Customer Packages")
    manager.new()
    manager.fill("name", "Spring customers")
    manager.save()
    manager.click("Import a File")
    lines = ["Name;Phone;City", *(";".join(customer) for customer in CUSTOMERS)]
    page.set_input_files(
        ".o_cc_import input[type=file]",
        {
            "name": "customers.csv",
            "mimeType": "text/csv",
            "buffer": "\n".join(lines).encode(),
        },
    )
    page.click(".o_cc_import_read")
    expect(page.locator(".o_cc_import [name=create_count]")).to_have_text("5")
    manager.picture(pictures / "import.png")
    page.click(".o_cc_import_confirm")
    manager.wait_text("5", ".o_cc_import_result")
    manager.click("Close")
    count = page.locator(".oe_stat_button [name=customer_count] .o_stat_value")
    expect(count).to_have_text("5")


def add_results(manager):
    """Results for answered and for unanswered calls."""
    page = manager.page
    manager.open_menu("Outbound", "Dial Results")
    for name, outcome in (
        ("Cooperative", "Answered"),
        ("No time", "Answered"),
        ("Busy", "Unanswered"),
        ("Vacant number", "Unanswered"),
    ):
        manager.new()
        row = page.locator(".o_selected_row")
        row.locator("[name=name] input").fill(name)
        row.locator("[name=outcome] input, [name=outcome] select").first.click()
        page.locator(".o_select_menu_item, .o-dropdown-item").get_by_text(
            outcome, exact=True
        ).click()
        page.click(".o_list_button_save")
        page.locator(".o_data_row", has_text=name).wait_for()


def add_plan(manager, pictures):
    """A plan with package and group; what agents see and may change."""
    page = manager.page
    manager.open_menu("Outbound", "Dial Plans")
    manager.wait_text("Plan your first campaign")
    manager.new()
    manager.fill("name", "Spring offer")
    manager.choose("package_id", "Spring customers")
    manager.choose("group_id", "Outbound sales")
    manager.save()
    manager.click("Start")
    manager.wait_text("No field of the customer is visible", ".modal")
    manager.click("Close")
    for label, switches in (
        ("Name", ("visible",)),
        ("Phone", ("visible",)),
        ("City", ("visible", "editable")),
    ):
        row = page.locator("[name=field_ids] .o_data_row").filter(
            has=page.get_by_text(label, exact=True)
        )
        for switch in switches:
            row.locator(f"[name={switch}] input").click()
    manager.save()
    manager.picture(pictures / "plan.png")


def distribute(manager, pictures):
    """All to the one agent, who then has five."""
    page = manager.page
    manager.click("Distribute")
    page.wait_for_selector(".o_cc_distribute")
    row = page.locator(".o_cc_distribute .o_data_row", has_text="1986")
    row.locator("[name=share]").click()
    page.locator(".o_cc_distribute .o_selected_row [name=share] input").fill("120")
    page.locator(".o_cc_distribute_sum").first.click()
    manager.wait_text("take", ".o_cc_distribute_sum.text-danger")
    row.locator("[name=share]").click()
    page.locator(".o_cc_distribute .o_selected_row [name=share] input").fill("100")
    page.locator(".o_cc_distribute_pool").click()
    manager.picture(pictures / "distribute.png")
    page.click(".o_cc_distribute_confirm")
    manager.wait_text("5", ".o_cc_distribute_result")
    expect(row.locator("[name=unfinished]")).to_have_text("5")
    manager.click("Close")


def start_plan(manager):
    """Start the plan."""
    manager.click("Start")
    manager.page.locator(
        ".o_statusbar_status .o_arrow_button_current", has_text="Running"
    ).wait_for()


# The agent --------------------------------------------------------------------------


def log_in_as_agent(page):
    """Choose "Agent" on the log-in page; it leads to the workspace."""
    page.goto("/web/login")
    page.click("label[for=o_cc_login_agent]")
    page.fill("input[name=agent_number]", "1986")
    page.fill("input[name=password]", "wrong-password")
    page.click("button[type=submit]")
    page.wait_for_selector(".alert-danger")
    page.fill("input[name=agent_number]", "1986")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_cc_workspace[data-status=ready]")
    assert page.url.endswith("/odoo/call-center")
    return page


def sign_in(page, pictures):
    """Sign in to the group; see plan and customers."""
    expect(page.locator(".o_cc_round_trip")).to_have_text(re.compile(r"\d+ ms"))
    page.click(".o_cc_sign_in_toggle")
    page.wait_for_selector(".o_cc_sign_in_panel")
    box = page.locator(".o_cc_sign_in_panel .o_cc_group", has_text="Outbound sales")
    box.locator("input").set_checked(True)
    page.screenshot(path=pictures / "sign-in.png")
    page.click(".o_cc_sign_in")
    page.wait_for_selector(".o_cc_agent_status[data-state=ready]")
    page.locator(".o_cc_plan", has_text="Spring offer").click()
    expect(page.locator(".o_cc_task")).to_have_count(len(CUSTOMERS))
    page.screenshot(path=pictures / "plan-of-agent.png")


def answered_call(center, page, phone, pictures):
    """Open a customer, edit, be refused to save, call, save."""
    name, number, city = CUSTOMERS[0]
    page.locator(".o_cc_task", has_text=name).dblclick()
    customer = page.locator(".o_cc_customer")
    expect(customer).to_contain_text(number)
    assert page.locator(".o_cc_tab").count() == 1
    field = customer.locator(".o_cc_field[data-name=city] input")
    expect(field).to_have_value(city)
    field.fill("Xi'an")
    field.press("Enter")
    page.locator(".o_cc_changes").wait_for()

    page.click(".o_cc_save")
    page.locator(".o_cc_record_message", has_text="Call the customer first").wait_for()
    page.screenshot(path=pictures / "save-refused.png")

    customer.locator(".o_cc_dial").first.click()
    page.wait_for_selector(".o_cc_call_bar[data-state=ringing]")
    page.wait_for_selector(".o_cc_call_bar[data-state=answered]")
    results = page.locator(".o_cc_record .o_cc_result")
    expect(results).to_have_text(["Cooperative", "No time"])
    # A second tab, and a reload of the first, show the truth.
    second = page.context.new_page()
    second.goto("/odoo/call-center")
    second.wait_for_selector(".o_cc_call_bar[data-state=answered]")
    second.close()
    page.fill(".o_cc_note", "Asks for the price list")
    page.reload()
    page.wait_for_selector(".o_cc_call_bar[data-state=answered]")
    expect(page.locator(".o_cc_note")).to_have_value("Asks for the price list")
    page.screenshot(path=pictures / "workspace.png")
    page.click(".o_cc_hang_up")
    page.wait_for_selector(".o_cc_agent_status[data-state=wrap_up]")
    phone.wait_closed()

    results.get_by_text("Cooperative").click()
    page.click(".o_cc_status_choice[data-status=done_success]")
    page.click(".o_cc_save")
    page.wait_for_selector(".o_cc_agent_status[data-state=ready]")
    (line,) = center.carrier_log.wait(re.sub(r"\D", "", number))
    assert line.disposition == "answered"
    page.locator(".o_cc_plan_tab").click()
    expect(page.locator(".o_cc_task")).to_have_count(len(CUSTOMERS) - 1)


def unanswered_call_left_unsaved(center, page, phone, pictures):
    """A busy customer: other results; left unsaved, the screen reminds."""
    name, number, __ = CUSTOMERS[3]
    page.fill(".o_cc_search input", "Anna")
    page.locator(".o_cc_task", has_text=name).locator(".o_cc_dial").click()
    page.wait_for_selector(".o_cc_call_bar[data-state=ended]")
    results = page.locator(".o_cc_record .o_cc_result")
    expect(results).to_have_text(["Busy", "Vacant number"])
    page.wait_for_selector(".o_cc_agent_status[data-state=wrap_up]")
    page.click(".o_cc_leave_unsaved")
    page.wait_for_selector(".o_cc_agent_status[data-state=ready]")
    page.locator(".o_cc_unsaved", has_text=name).wait_for()
    page.screenshot(path=pictures / "unsaved.png")
    (line,) = center.carrier_log.wait(re.sub(r"\D", "", number))
    assert line.sip_code == 486


def read_records(manager, pictures):
    """The manager finds both: one saved, one not; and the change that waits."""
    page = manager.page
    manager.open_menu("Outbound", "Contact Records")
    rows = page.locator(".o_data_row")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Cooperative")).to_have_count(1)
    manager.picture(pictures / "contact-records.png")
    manager.open_menu("Outbound", "Dial Plans")
    manager.open_row("Spring offer")
    page.locator(".oe_stat_button", has_text="Changes").click()
    manager.wait_text("Staged Changes", ".o_breadcrumb")
    row = page.locator(".o_data_row", has_text="City")
    expect(row).to_contain_text("Xian")
    expect(row).to_contain_text("Xi'an")
