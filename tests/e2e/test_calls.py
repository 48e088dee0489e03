"""Calls by clicks, from the workspace to the record: one for each way it can go."""

import base64

import pytest

from tests.e2e.audio import parse, read_mono

#: How far clocks and steps of 20 ms may set two measurements of one time apart (s).
TOLERANCE = 0.35

#: A phone's tone is still heard as the same pitch within this (Hz).
SAME_PITCH = 8


def test_a_call_that_is_answered(center, carrier_log, phone_1988, ready_page):
    """A click; the phone answers by itself; the customer answers and hangs up."""
    phone = phone_1988(answer="headers", tone_hz=620)
    customer = center.new_customer("1988", "0204")
    page = ready_page("1988")

    page.dial(customer)
    page.wait_state("answered")
    page.wait_state("ended")
    assert page.states == ["idle", "dialing", "ringing", "answered", "ended"]

    call = customer.wait_recording()
    (line,) = carrier_log.wait(customer.number)
    assert (call["state"], call["outcome"]) == ("ended", "answered")
    assert (call["cause"], call["reason"]) == (16, "customer")
    assert line.disposition == "answered"
    assert line.ended_by == "carrier"
    assert call["talk_seconds"] == pytest.approx(line.talk_seconds, abs=TOLERANCE)
    assert call["total_seconds"] == pytest.approx(line.end - line.start, abs=TOLERANCE)
    assert call["dialed_at"] <= call["ringing_at"] <= call["answered_at"]
    (leg,) = customer.calls(kind="outbound")
    assert leg["talk_seconds"] == call["talk_seconds"]

    # The headers that make a phone answer by itself were in its INVITE.
    assert "answer-after=0" in " ".join(phone.last_invite["call-info"])

    # Both heard each other, and the recording has both.
    heard_by_customer = read_mono(line.heard)
    assert heard_by_customer.tone_share(620) > 0.9
    heard_by_agent = read_mono(phone.recordings[-1])
    assert heard_by_agent.tone_share(customer.pitch) > 0.5
    recording = download_recording(center, call)
    pitches = sorted(tone.hz for tone in recording.tones(2))
    assert pitches == pytest.approx(sorted([620, customer.pitch]), abs=SAME_PITCH)
    assert recording.seconds == pytest.approx(call["talk_seconds"], abs=TOLERANCE)
    assert call["recording_seconds"] == pytest.approx(recording.seconds, abs=0.05)


def download_recording(center, call):
    """Return the sound that Odoo keeps for a call."""
    attachment_id, _name = call["recording_attachment_id"]
    # Supervisors listen through the controller; superuser's rights read the file here.
    admin = center.log_in("admin")
    (attachment,) = admin.call("ir.attachment", "read", [attachment_id], ["datas"])
    (sound,) = parse(base64.b64decode(attachment["datas"]))
    return sound


def test_a_call_that_is_busy(center, carrier_log, ready_page):
    """A busy customer never passes `ringing`."""
    customer = center.new_customer("1987", "1100")
    page = ready_page("1987")

    page.dial(customer)
    page.wait_state("ended")
    page.wait_text("Busy")
    assert page.states == ["idle", "dialing", "ended"]

    call = customer.wait_ended()
    assert (call["outcome"], call["cause"], call["sip_code"]) == ("unanswered", 17, 486)
    assert call["dialed_at"]
    assert not call["ringing_at"]
    assert not call["answered_at"]
    assert call["talk_seconds"] == 0
    (line,) = carrier_log.wait(customer.number)
    assert (line.disposition, line.sip_code) == ("refused", 486)
    assert len(customer.calls(kind="outbound")) == 1


def test_a_call_that_the_agent_does_not_pick_up(
    center, carrier_log, phone_1988, ready_page, short_rings
):
    """Nobody is called, and the failed attempt is kept."""
    phone = phone_1988(answer="manual")
    customer = center.new_customer("1988", "0004")
    page = ready_page("1988")

    page.dial(customer)
    page.wait_text("Pick up your phone")
    phone.wait_ringing()
    page.wait_state("failed")
    page.wait_text("Your phone was not picked up")
    assert page.states == ["idle", "dialing", "failed"]

    call = customer.wait_ended()
    assert (call["outcome"], call["dialed_at"]) == (False, False)
    assert call["reason"] == "agent_no_answer"
    assert (call["total_seconds"], call["talk_seconds"]) == (0, 0)
    assert customer.calls(kind="outbound") == []
    assert carrier_log.calls(customer.number) == []
    center.make_ready("1988")


def test_a_manual_phone_is_picked_up_and_the_agent_hangs_up(
    center, carrier_log, phone_1988, ready_page
):
    phone = phone_1988(answer="manual")
    customer = center.new_customer("1988", "0100")
    page = ready_page("1988")

    page.dial(customer)
    phone.wait_ringing()
    phone.answer()
    page.wait_state("answered")
    page.hang_up()
    page.wait_state("ended")

    call = customer.wait_ended()
    assert call["outcome"] == "answered"
    (line,) = carrier_log.wait(customer.number)
    assert line.ended_by == "caller"
    assert call["talk_seconds"] == pytest.approx(line.talk_seconds, abs=TOLERANCE)


def test_the_agent_hangs_up_while_the_customers_phone_rings(
    center, carrier_log, ready_page
):
    """Not the customer's doing, and said so."""
    customer = center.new_customer("1987", "2000")
    page = ready_page("1987")

    page.dial(customer)
    page.wait_state("ringing")
    page.hang_up()
    page.wait_state("ended")
    page.wait_text("You hung up before the customer answered.")

    call = customer.wait_ended()
    assert (call["outcome"], call["reason"]) == ("unanswered", "agent_cancel")
    (line,) = carrier_log.wait(customer.number)
    assert (line.disposition, line.ended_by) == ("cancelled", "caller")
    center.make_ready("1987")


#: What the carrier does (KSTT), and what must stand in Odoo: message, cause, SIP code.
NUMBERS = {
    "no answer": ("2000", "No answer", 0, 0),
    "vacant": ("3000", "Vacant number", 1, 404),
    "powered off": ("4100", "Phone powered off or out of reach", 19, 480),
    "out of service area": ("5100", "Out of the service area", 18, 408),
    "suspended": ("6100", "Suspended or changed number", 22, 410),
    "rejected": ("7100", "Rejected", 21, 603),
    "congestion": ("8000", "Network congestion", 34, 503),
    "early media": ("9000", "Vacant number", 1, 404),
    "forbidden": ("9300", "Rejected", 21, 403),
    "out of order": ("9400", "Number out of order", 27, 502),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_carriers_other_numbers(name, center, carrier_log, ready_page, short_rings):
    """What the wire said stands in the record, in code and in words."""
    behaviour, message, cause, sip_code = NUMBERS[name]
    customer = center.new_customer("1987", behaviour)
    page = ready_page("1987")

    page.dial(customer)
    page.wait_state("ended", timeout=30)
    page.wait_text(message)
    assert "answered" not in page.states

    call = customer.wait_ended()
    assert (call["outcome"], call["message"]) == ("unanswered", message)
    assert (call["cause"], call["sip_code"]) == (cause, sip_code)
    (line,) = carrier_log.wait(customer.number)
    assert line.answer is None


@pytest.mark.parametrize(
    ("name", "behaviour"), [("fax", "9103"), ("answering machine", "9208")]
)
def test_machines_that_pick_up_have_answered(
    name, behaviour, center, carrier_log, ready_page
):
    """The outcome is what the wire said, never what anyone thinks."""
    customer = center.new_customer("1987", behaviour)
    page = ready_page("1987")

    page.dial(customer)
    page.wait_state("answered")
    page.hang_up()
    assert customer.wait_ended()["outcome"] == "answered"
    (line,) = carrier_log.wait(customer.number)
    assert line.disposition == "answered"


def test_the_test_call_lets_the_agent_hear_himself(center, phone_1988, ready_page):
    phone = phone_1988(answer="headers", tone_hz=880)
    page = ready_page("1988")

    page.test_call()
    phone.wait_established()
    page.wait_text("you should hear yourself")
    page.page.wait_for_timeout(2500)  # the length of what is heard
    phone.hang_up()
    phone.wait_closed()
    assert read_mono(phone.recordings[-1]).tone_share(880) > 0.8


def test_a_test_call_that_is_not_picked_up_says_so(
    center, phone_1988, ready_page, short_rings
):
    phone = phone_1988(answer="manual")
    page = ready_page("1988")

    page.test_call()
    phone.wait_ringing()
    page.wait_state("failed")
    page.wait_text("Your phone was not picked up")


def test_a_customer_cannot_be_dialled_by_hand(center, carrier_log, phone_1988):
    """Out of the phone's own keypad only the echo can be reached."""
    phone = phone_1988(answer="manual")
    before = len(carrier_log.calls())
    phone.dial("862155500100")
    closed = phone.wait_closed()
    assert "404" in closed["param"]
    phone.dial("600")
    phone.wait_established()
    phone.hang_up()
    assert len(carrier_log.calls()) == before
