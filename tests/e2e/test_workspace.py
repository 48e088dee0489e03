"""The agent's page around a real call: what is refused, kept, lost never."""

from tests.e2e.agent_page import AgentPage

RECORD_FIELDS = ["saved", "status", "note", "result_id"]


def test_a_customer_from_the_list_to_the_saved_record(center, ready_page):
    """A save is refused before the call, follows its outcome, and works once."""
    customer = center.new_customer("1987", "0100")
    page = ready_page("1987")

    page.open(customer)
    page.note("Asks for the price list")
    page.choose_status("done_success")
    assert "Call the customer first" in page.save()
    assert contact_records(center, customer) == []

    page.dial_here()
    page.wait_state("answered")
    page.wait_outcome("answered")
    assert "Cooperative" in page.results
    assert "Busy" not in page.results
    page.choose_result("Cooperative")
    page.fill_field("city", "Beijing")
    page.page.wait_for_selector(".o_cc_field.o_cc_changed[data-name=city]")
    page.hang_up()
    page.wait_state("ended")
    page.page.wait_for_selector(".o_cc_agent_status[data-state=wrap_up]")

    assert "Ask first" in page.save()
    page.answer("Does the customer want the free month?", "Yes")
    page.page.click(".o_cc_save")
    message = page.page.locator(".o_cc_record_message")
    message.get_by_text("Contact record saved").wait_for()
    page.page.wait_for_selector(".o_cc_agent_status[data-state=ready]")
    (record,) = contact_records(center, customer)
    assert record["saved"]
    assert record["status"] == "done_success"
    assert record["note"] == "Asks for the price list"
    assert record["result_id"][1] == "Cooperative"
    task = center.records.one(
        "callcenter.task", ("id", "=", customer.task_id), fields=["partner_id"]
    )
    # The edit is kept with the task; the contact is as it was.
    partner_id = task["partner_id"][0]
    partner = center.records.one(
        "res.partner", ("id", "=", partner_id), fields=["city"]
    )
    assert not partner["city"]
    assert "saved already" in page.save()


def test_a_reload_and_a_second_tab_in_mid_call(center, ready_page):
    """Both show the call, and what was noted; what is left unsaved is said to be."""
    customer = center.new_customer("1987", "0100")
    page = ready_page("1987")
    page.dial(customer)
    page.wait_state("answered")
    page.note("Noted in mid-call")

    page.page.reload()
    page.wait_state("answered")
    page.wait_customer(customer)
    assert page.page.input_value(".o_cc_note") == "Noted in mid-call"

    other = page.page.context.new_page()
    other.goto("/odoo/call-center")
    second = AgentPage(other)
    second.wait_state("answered")
    second.wait_customer(customer)
    assert other.locator(".o_cc_dial:enabled").count() == 0
    second.hang_up()
    page.wait_state("ended")
    second.wait_state("ended")

    page.page.click(".o_cc_record .o_cc_leave_unsaved")
    for shown in (page.page, other):
        shown.wait_for_selector(".o_cc_agent_status[data-state=ready]")
        shown.wait_for_selector(f".o_cc_unsaved_call[data-task='{customer.task_id}']")
        shown.wait_for_selector(".o_cc_not_saved")
    (record,) = contact_records(center, customer)
    assert not record["saved"]


def contact_records(center, customer):
    """Return the contact records of a customer."""
    return center.records.search(
        "callcenter.contact.record",
        ("task_id", "=", customer.task_id),
        fields=RECORD_FIELDS,
    )
