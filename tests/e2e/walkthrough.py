"""The steps of the walk-through, as a manager and as an agent do them: by clicks."""

import re
from contextlib import contextmanager

from playwright.sync_api import expect

from dev import asterisk
from tests.e2e.campaign import RESULTS, Attempt, Campaign, results_of
from tests.e2e.empty_center import ADMINISTRATOR
from tests.e2e.manager_page import ManagerPage

#: What the manager types for an agent.
PASSWORD = "walk-through-1986"
DESK_PHONE = "1986"
BROWSER_PHONE = "1987"
QUESTIONNAIRE = "Spring survey"
QUESTIONS = ("What do they use today?", "When do they decide?")


def log_in_as_manager(page) -> ManagerPage:
    """Log in on the log-in page as the administrator of a new database."""
    login, password = ADMINISTRATOR
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    return ManagerPage(page)


# Setting up ---------------------------------------------------------------------------


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
        ("websocket_url", f"ws://127.0.0.1:{settings.ari_port}/ws"),
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
    manager.fill("number", DESK_PHONE)
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
    with center.phone(DESK_PHONE, "auto", secret=secret, tone_hz=700) as phone:
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
    manager.choose("extension_id", DESK_PHONE)
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


def add_results(manager):
    """Results for answered and for unanswered calls."""
    page = manager.page
    manager.open_menu("Outbound", "Dial Results")
    for name, outcome in RESULTS.items():
        manager.new()
        row = page.locator(".o_selected_row")
        row.locator("[name=name] input").fill(name)
        row.locator("[name=outcome] input, [name=outcome] select").first.click()
        page.locator(".o_select_menu_item, .o-dropdown-item").get_by_text(
            outcome, exact=True
        ).click()
        page.click(".o_list_button_save")
        page.locator(".o_data_row", has_text=name).wait_for()


def give_the_phone_in_the_browser(manager, pictures):
    """The desk phone is gone: the agent goes on with the one in the browser."""
    manager.open_menu("PBX", "Extensions")
    manager.new()
    manager.fill("number", BROWSER_PHONE)
    manager.field("phone").get_by_text("browser", exact=False).click()
    manager.save()
    manager.open_menu("Agents", "Agents")
    manager.open_row("1986")
    manager.choose("extension_id", BROWSER_PHONE)
    manager.save()
    manager.wait_text("extension 1987 added", ".o_cc_reload_bar")
    manager.page.click(".o_cc_reload_now")
    manager.wait_text("extension 1987", ".o_cc_reload_done")
    manager.picture(pictures / "phone-in-the-browser.png")


def add_questionnaire(manager):
    """A questionnaire of two questions, made in Odoo's own app for surveys."""
    page = manager.page
    manager.open_app("Surveys")
    page.click(".o-kanban-button-new")
    page.fill(".o_field_widget[name=title] textarea", QUESTIONNAIRE)
    add = page.locator("td.o_field_x2many_list_row_add a", has_text="Add a question")
    for question in QUESTIONS:
        add.click()
        dialog = page.locator(".modal")
        dialog.locator(".o_field_widget[name=title] input").fill(question)
        dialog.get_by_text("Single Line Text Box").click()
        dialog.get_by_role("button", name="Save & Close").click()
        page.locator(".o_data_row", has_text=question).wait_for()
    # Odoo saves the survey with each question.
    page.wait_for_selector(".o_form_view .o_form_saved")
    manager.open_app()


# A campaign ---------------------------------------------------------------------------


def add_package(manager, campaign: Campaign, pictures):
    """A package filled from a file: nothing is written before it was shown."""
    page = manager.page
    count = str(len(campaign.people))
    manager.open_menu("Outbound", "Customer Packages")
    manager.new()
    manager.fill("name", campaign.package)
    manager.save()
    manager.click("Import a File")
    rows = (";".join((one.name, one.phone, one.city)) for one in campaign.people)
    page.set_input_files(
        ".o_cc_import input[type=file]",
        {
            "name": "customers.csv",
            "mimeType": "text/csv",
            "buffer": "\n".join(("Name;Phone;City", *rows)).encode(),
        },
    )
    page.click(".o_cc_import_read")
    expect(page.locator(".o_cc_import [name=create_count]")).to_have_text(count)
    manager.picture(pictures / "import.png")
    page.click(".o_cc_import_confirm")
    manager.wait_text(count, ".o_cc_import_result")
    manager.click("Close")
    place = page.locator(".oe_stat_button [name=customer_count] .o_stat_value")
    expect(place).to_have_text(count)


def add_plan(manager, campaign: Campaign, pictures):
    """A plan with package and group; what agents see and may change."""
    page = manager.page
    manager.open_menu("Outbound", "Dial Plans")
    manager.new()
    manager.fill("name", campaign.plan)
    manager.choose("package_id", campaign.package)
    manager.choose("group_id", "Outbound sales")
    manager.choose("survey_id", QUESTIONNAIRE)
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


def distribute(manager, campaign: Campaign, pictures):
    """All to the one agent; more than all is refused."""
    page = manager.page
    count = str(len(campaign.people))
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
    manager.wait_text(count, ".o_cc_distribute_result")
    expect(row.locator("[name=unfinished]")).to_have_text(re.compile(rf"{count}$"))
    manager.click("Close")


def start_plan(manager):
    """Start the plan."""
    manager.click("Start")
    manager.page.locator(
        ".o_statusbar_status .o_arrow_button_current", has_text="Running"
    ).wait_for()


def change_contact(manager, name: str, city: str):
    """Somebody else changes a contact while its customer is being called."""
    page = manager.page
    manager.open_menu("Outbound", "Tasks")
    manager.search(name, "Customer")
    manager.open_row(name)
    link = manager.field("partner_id")
    link.hover()
    link.locator(".o_external_button").click()
    page.wait_for_selector(".o_field_widget[name=city]")
    manager.fill("city", city)
    manager.save()


# The agent ----------------------------------------------------------------------------


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
    """Sign in to the group."""
    expect(page.locator(".o_cc_round_trip")).to_have_text(re.compile(r"\d+ ms"))
    page.click(".o_cc_sign_in_toggle")
    page.wait_for_selector(".o_cc_sign_in_panel")
    box = page.locator(".o_cc_sign_in_panel .o_cc_group", has_text="Outbound sales")
    box.locator("input").set_checked(True)
    page.screenshot(path=pictures / "sign-in.png")
    page.click(".o_cc_sign_in")
    page.wait_for_selector(".o_cc_agent_status[data-state=ready]")


def open_plan(page, campaign: Campaign, pictures):
    """See the plan's details and the customers that are unfinished."""
    page.locator(".o_cc_plan", has_text=campaign.plan).click()
    expect(page.locator(".o_cc_task")).to_have_count(len(campaign.people))
    page.screenshot(path=pictures / "plan-of-agent.png")


def save_is_refused(page, attempt: Attempt, pictures):
    """Nobody saves before a call was made; the screen says so."""
    open_customer(page, attempt)
    page.click(".o_cc_save")
    page.locator(".o_cc_record_message", has_text="Call the customer first").wait_for()
    page.screenshot(path=pictures / "save-refused.png")
    page.locator(".o_cc_plan_tab").click()


def open_customer(page, attempt: Attempt):
    """Search the customer in the list; open a tab by a double click."""
    page.locator(".o_cc_plan_tab").click()
    page.fill(".o_cc_search input", attempt.person.name)
    row = page.locator(".o_cc_task", has_text=attempt.person.name)
    expect(page.locator(".o_cc_task")).to_have_count(1)
    row.dblclick()
    customer = page.locator(".o_cc_customer")
    expect(customer).to_contain_text(attempt.person.name)
    expect(customer).to_contain_text(attempt.person.phone)
    page.wait_for_selector(".o_cc_customer[data-status=ready]")


def edit_city(page, attempt: Attempt):
    """Change a field of the customer; it is staged as the agent leaves it."""
    if attempt.city is None:
        return
    entry = page.locator(".o_cc_customer .o_cc_field[data-name=city] input")
    entry.fill(attempt.city)
    entry.press("Enter")
    page.locator(".o_cc_changes").wait_for()


def call(page, attempt: Attempt, pictures, in_call=None):
    """Dial, let the call end as it does, and save what came of it.

    :param in_call: what to do besides while the customer talks
    """
    open_customer(page, attempt)
    edit_city(page, attempt)
    page.locator(".o_cc_customer .o_cc_dial").first.click()
    if attempt.gives_up:
        page.wait_for_selector(".o_cc_call_bar[data-state=ringing]")
        page.click(".o_cc_hang_up")
    answers = ".o_cc_call_bar[data-state=answered]"
    ends = ".o_cc_call_bar[data-state=ended]"
    page.wait_for_selector(f"{answers}, {ends}")
    if page.locator(answers).count():
        results = results_of("Answered")
        answer_questions(page, attempt)
        if in_call:
            in_call(page)
        if attempt.person.number.endswith("00"):
            page.click(".o_cc_hang_up")
    else:
        results = results_of("Unanswered")
    page.wait_for_selector(".o_cc_agent_status[data-state=wrap_up]")
    offered = page.locator(".o_cc_record .o_cc_result")
    expect(offered).to_have_text(results)
    if attempt.result is None:
        leave_unsaved(page, attempt, pictures)
    else:
        save(page, attempt)


def answer_questions(page, attempt: Attempt):
    """Type what the customer answers; each answer is kept as the agent leaves it."""
    for question, answer in zip(QUESTIONS, attempt.answers, strict=False):
        place = page.locator(".o_cc_question", has_text=question)
        place.locator("input").fill(answer)
        place.locator("input").press("Enter")
        expect(page.locator(".o_cc_question.o_cc_edited")).to_have_count(0)


def save(page, attempt: Attempt):
    """Save the contact record."""
    exact = page.get_by_text(attempt.result, exact=True)
    page.locator("label.o_cc_result").and_(exact).click()
    page.click(f".o_cc_status_choice[data-status={attempt.status}]")
    if attempt.note:
        page.fill(".o_cc_note", attempt.note)
    page.click(".o_cc_save")
    page.wait_for_selector(".o_cc_agent_status[data-state=ready]")


def leave_unsaved(page, attempt: Attempt, pictures):
    """Go on without saving: the screen reminds."""
    page.locator(".o_cc_leave_unsaved").first.click()
    page.wait_for_selector(".o_cc_agent_status[data-state=ready]")
    page.locator(".o_cc_unsaved", has_text=attempt.person.name).wait_for()
    page.screenshot(path=pictures / "unsaved.png")


def look_around_in_the_call(pictures):
    """A second tab, and a reload of the first, show the truth."""

    def look(page):
        second = page.context.new_page()
        second.goto("/odoo/call-center")
        second.wait_for_selector(".o_cc_call_bar[data-state=answered]")
        second.close()
        page.fill(".o_cc_note", "Typed before the reload")
        page.reload()
        page.wait_for_selector(".o_cc_call_bar[data-state=answered]")
        expect(page.locator(".o_cc_note")).to_have_value("Typed before the reload")
        page.screenshot(path=pictures / "workspace.png")

    return look


def wait_phone(page):
    """Wait until the page says that the agent's phone can be called."""
    page.locator(".o_cc_phone_status", has_text="Phone OK").wait_for()
