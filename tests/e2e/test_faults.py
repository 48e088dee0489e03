"""What goes wrong in a day: each fault has a clear message, and nothing is lost."""

import os
import signal
import xmlrpc.client
from contextlib import contextmanager

import pytest

from dev import odoo, postgres, processes
from tests.e2e.agent_page import AgentPage

pytestmark = pytest.mark.usefixtures("stack")


@pytest.fixture
def agent_page(open_page):
    """A function that opens the workspace of an agent: `agent_page("1987")`."""
    return lambda login: AgentPage(open_page(login, "/odoo/call-center"))


@contextmanager
def frozen_pbx(stack):
    """Stop the PBX in its tracks: connections stay, nothing is answered."""
    pid = processes.pid(stack.settings, "pbx")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def the_pbx(center) -> dict:
    return center.records.one("callcenter.pbx", fields=["state", "state_message"])


def wait_pbx(center, state: str, timeout: float = 30) -> dict:
    return center.records.wait_one(
        "callcenter.pbx",
        ("state", "=", state),
        fields=["state", "state_message"],
        timeout=timeout,
    )


def test_a_wrong_secret_is_named_and_mended(stack, center, ready_page):
    """Manager and agent are told; the right secret mends it without a restart."""
    customer = center.new_customer("1987", "0002")
    page = ready_page("1987")
    pbx_id = the_pbx(center)["id"]
    center.records.write("callcenter.pbx", pbx_id, new_ami_secret="wrong")
    try:
        pbx = wait_pbx(center, "refused")
        assert "refused the AMI user or secret" in pbx["state_message"]
        assert "wrong" not in pbx["state_message"]
        page.dial(customer)
        page.wait_text("is not connected")
        assert customer.calls() == []
    finally:
        center.records.write(
            "callcenter.pbx", pbx_id, new_ami_secret=stack.secrets["ami_secret"]
        )
    wait_pbx(center, "online")
    page.dial(customer)
    page.wait_state("answered")
    assert customer.wait_ended()["outcome"] == "answered"


def test_a_pbx_that_is_down_at_start_and_comes_back(stack, center, agent_page):
    center.make_ready("1987", timeout=75)
    stack.stop("pbx")
    stack.restart("odoo")
    pbx = wait_pbx(center, "offline")
    assert "can't be reached" in pbx["state_message"]
    customer = center.new_customer("1987", "0002")
    page = agent_page("1987")
    page.dial(customer)
    page.wait_text("is not connected")
    stack.start("pbx")
    wait_pbx(center, "online")
    center.make_ready("1987", timeout=75)
    page.wait_phone_ok(timeout=30)
    page.dial(customer)
    page.wait_state("answered")
    assert customer.wait_ended()["outcome"] == "answered"


def test_a_number_that_is_no_phone_number(center, carrier_log, ready_page):
    customer = center.customer_with_number("1987", "12")
    before = len(carrier_log.calls())
    page = ready_page("1987")
    page.dial(customer)
    page.wait_text("is no phone number that can be dialled")
    assert customer.calls() == []
    assert len(carrier_log.calls()) == before


def test_an_agent_without_an_extension(center, open_page):
    agent = center.records.one(
        "callcenter.agent", ("number", "=", "1988"), fields=["extension_id"]
    )
    extension_id = agent["extension_id"][0]
    customer = center.new_customer("1988", "0002")
    center.records.write("callcenter.agent", agent["id"], extension_id=False)
    try:
        page = open_page("1988", "/odoo/call-center")
        page.wait_for_selector(".o_cc_no_extension")
        with pytest.raises(xmlrpc.client.Fault, match="You have no extension"):
            center.sign_in("1988")
        with pytest.raises(xmlrpc.client.Fault, match="You have no extension"):
            center.log_in("1988").call(
                "callcenter.task", "action_dial", [customer.task_id]
            )
    finally:
        center.records.write("callcenter.agent", agent["id"], extension_id=extension_id)
    # The page follows by itself.
    page.wait_for_selector(".o_cc_plan_panel")


def test_an_agent_whose_phone_is_not_registered(center, agent_page):
    customer = center.new_customer("1988", "0002")
    center.sign_in("1988")
    center.wait_agent("1988", "unreachable")
    page = agent_page("1988")
    page.page.wait_for_selector("text=Phone not registered")
    page.dial(customer)
    page.wait_text("Your phone 1988 can't be reached")
    assert customer.calls() == []


def test_two_clicks_at_once_from_two_tabs(center, carrier_log, open_page):
    """One calls; the other is told that a call is on."""
    customers = [center.new_customer("1987", "0103") for _tab in range(2)]
    center.make_ready("1987")
    first = open_page("1987", "/odoo/call-center")
    second = first.context.new_page()
    second.goto("/odoo/call-center")
    tabs = [AgentPage(first), AgentPage(second)]
    for tab, customer in zip(tabs, customers, strict=True):
        tab.wait_phone_ok()
        tab.find(customer)
    for tab, customer in zip(tabs, customers, strict=True):
        # Not `click`: it waits for the page to settle, these must not wait.
        tab.page.evaluate(
            "id => void document.querySelector("
            "`.o_cc_task[data-id='${id}'] .o_cc_dial`).click()",
            customer.task_id,
        )
    for tab in tabs:
        tab.wait_state("ended")
        assert "answered" in tab.states
    calls = [customer.calls() for customer in customers]
    assert sorted(map(len, calls)) == [0, 1]
    dialled = [carrier_log.calls(customer.number) for customer in customers]
    assert [len(lines) for lines in dialled] == [len(lines) for lines in calls]


def test_a_second_click_while_a_call_is_on(center, ready_page):
    """The buttons are closed; past the screen the server says why."""
    customer = center.new_customer("1987", "0000")
    other = center.new_customer("1987", "0000")
    page = ready_page("1987")
    page.dial(customer)
    page.wait_state("answered")
    assert page.find(other).locator(".o_cc_dial").is_disabled()
    with pytest.raises(xmlrpc.client.Fault, match="A call is on already"):
        center.log_in("1987").call("callcenter.task", "action_dial", [other.task_id])
    page.hang_up()
    page.wait_state("ended")
    assert other.calls() == []


def test_an_agent_who_closes_the_browser_during_a_call(center, carrier_log, ready_page):
    """With a phone on the desk the call goes on, and its record is complete."""
    customer = center.new_customer("1987", "0004")
    page = ready_page("1987")
    page.dial(customer)
    page.wait_state("answered")
    page.page.context.close()
    call = customer.wait_ended()
    (line,) = carrier_log.wait(customer.number)
    assert line.ended_by == "carrier"
    assert call["talk_seconds"] == pytest.approx(line.talk_seconds, abs=0.35)
    center.make_ready("1987")


def test_a_reload_in_a_call_shows_the_truth(center, ready_page):
    customer = center.new_customer("1987", "0006")
    page = ready_page("1987")
    page.dial(customer)
    page.wait_state("answered")
    page.page.reload()
    page = AgentPage(page.page)
    page.wait_state("answered")
    page.wait_state("ended")
    assert customer.wait_ended()["outcome"] == "answered"


def test_a_pbx_that_gives_no_sign_ends_the_wait(stack, center, ready_page):
    """The page stops waiting by itself, and the call ends with the truth."""
    customer = center.new_customer("1987", "0002")
    page = ready_page("1987")
    with frozen_pbx(stack):
        page.dial(customer)
        page.wait_state("failed", timeout=25)
    call = customer.wait_ended(timeout=40)
    assert len(customer.calls()) == 1
    assert call["state"] == "ended"
    wait_pbx(center, "online")
    center.make_ready("1987", timeout=75)


def test_the_connector_killed_between_command_and_call(
    stack, center, carrier_log, ready_page
):
    """One click stays one call at the most, and nobody is stuck in it."""
    customer = center.new_customer("1987", "0002")
    page = ready_page("1987")
    with frozen_pbx(stack):
        page.dial(customer)
        page.wait_state("dialing")
        # The page says so before the server has answered.
        call = center.records.wait_one(
            "callcenter.call", ("task_id", "=", customer.task_id), ("kind", "=", "main")
        )
        # The command was taken; the frozen PBX has not carried it out.
        center.records.wait_one(
            "callcenter.command", ("call_id", "=", call["id"]), ("state", "=", "sent")
        )
        stack.kill("odoo")
    stack.start("odoo")
    call = customer.wait_ended(timeout=40)
    (only,) = customer.calls()
    assert only["uniqueid"] == call["uniqueid"]
    lines = carrier_log.calls(customer.number)
    assert len(lines) == bool(call["dialed_at"])
    center.make_ready("1987", timeout=75)


#: What a connector leaves behind that was killed after it had claimed a command and
#: before it had sent anything to the PBX.
CLAIMED = """
WITH call AS (
    INSERT INTO callcenter_call
        (uniqueid, kind, state, requested_at, task_id, plan_id, agent_id, pbx_id,
         company_id)
    SELECT gen_random_uuid(), 'main', 'dialing', now() AT TIME ZONE 'UTC',
           task.id, task.plan_id, task.agent_id, pbx.id, task.company_id
      FROM callcenter_task task, callcenter_pbx pbx
     WHERE task.id = {task_id}
 RETURNING id, uniqueid, agent_id, pbx_id
)
INSERT INTO callcenter_command
    (call_id, call_key, agent_id, pbx_id, kind, state, payload, deadline)
SELECT id, uniqueid, agent_id, pbx_id, 'originate', 'sent', '{{}}',
       now() AT TIME ZONE 'UTC' + INTERVAL '8 seconds'
  FROM call
"""


def test_the_connector_killed_before_it_had_sent_the_command(
    stack, center, carrier_log
):
    """Nobody is called late, and the agent can go on."""
    customer = center.new_customer("1987", "0002")
    center.make_ready("1987")
    stack.kill("odoo")
    postgres.query(
        stack.settings,
        CLAIMED.format(task_id=customer.task_id),
        stack.settings.database,
    )
    stack.start("odoo")
    call = customer.wait_ended(timeout=40)
    assert (call["reason"], call["outcome"]) == ("not_sent", False)
    assert carrier_log.calls(customer.number) == []
    center.make_ready("1987")


def test_odoo_restarted_in_a_call(stack, center, carrier_log, ready_page):
    """The call goes on without Odoo; its record is complete afterwards."""
    customer = center.new_customer("1987", "0208")
    page = ready_page("1987")
    page.dial(customer)
    page.wait_state("answered")
    stack.kill("odoo")
    stack.start("odoo")
    call = customer.wait_recording(timeout=40)
    (line,) = carrier_log.wait(customer.number)
    assert line.ended_by == "carrier"
    assert call["outcome"] == "answered"
    assert call["talk_seconds"] == pytest.approx(line.talk_seconds, abs=0.35)
    assert call["total_seconds"] == pytest.approx(line.end - line.start, abs=0.35)
    assert call["recording_seconds"] == pytest.approx(call["talk_seconds"], abs=0.35)


def test_asterisk_killed_in_a_call(stack, center, ready_page):
    """The call ends as lost, the agent is free again."""
    customer = center.new_customer("1987", "0000")
    page = ready_page("1987")
    page.dial(customer)
    page.wait_state("answered")
    stack.kill("pbx")
    stack.start("pbx")
    call = customer.wait_ended(timeout=40)
    assert (call["outcome"], call["reason"]) == ("answered", "lost")
    center.make_ready("1987", timeout=75)


def test_the_first_screen_says_what_is_missing(stack, center, open_page):
    """Without the line in the configuration red, with it green, by itself."""
    page = open_page("manager", "/odoo/call-center-pbxs")
    banner = page.locator(".o_cc_connector_status")
    page.locator(".o_cc_connector_status.alert-success").wait_for()
    stack.stop("odoo")
    odoo.write_configuration(stack.settings, with_connector=False)
    try:
        stack.start("odoo")
        page.locator(".o_cc_connector_status.alert-danger").wait_for(timeout=60_000)
        line = banner.locator(".o_cc_server_wide_line").inner_text()
        assert line == "server_wide_modules = base,rpc,web,callcenter_outbound"
        stack.stop("odoo")
    finally:
        odoo.write_configuration(stack.settings, with_connector=True)
    stack.start("odoo")
    page.locator(".o_cc_connector_status.alert-success").wait_for(timeout=60_000)
