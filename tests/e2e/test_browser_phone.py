"""The phone in the browser: a call with nothing more than Chromium."""

import pytest

from tests.e2e.agent_page import AgentPage
from tests.e2e.audio import read_mono

#: Remembers the players that the page makes: they are not in the document.
REMEMBER = """
window.players = [];
const make = document.createElement;
document.createElement = function (name, ...rest) {
    const element = make.call(this, name, ...rest);
    if (name === "audio") {
        window.players.push(element);
    }
    return element;
};
"""

#: Finds the strongest pitch in what the page plays, over a second and a half (Hz).
HEAR = """
async () => {
    const audio = window.players.find((player) => player.srcObject);
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(audio.srcObject).connect(analyser);
    const levels = new Float32Array(analyser.frequencyBinCount);
    let loudest = -Infinity;
    let pitch = 0;
    for (let piece = 0; piece < 30; piece++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        analyser.getFloatFrequencyData(levels);
        const level = Math.max(...levels);
        if (level > loudest) {
            loudest = level;
            pitch = (levels.indexOf(level) * context.sampleRate) / analyser.fftSize;
        }
    }
    await context.close();
    return pitch;
}
"""

#: The browser's fake microphone beeps: most of the time it is silent.
MOSTLY_SILENT = 0.95
MUTED = 0.99


@pytest.fixture
def page(center, open_page):
    """The workspace of the agent whose phone is in the browser."""
    page = open_page("1986", "/odoo/call-center")
    page.context.add_init_script(REMEMBER)
    page = reloaded(AgentPage(page))
    center.make_ready("1986")
    return page


def reloaded(page):
    """Load the workspace anew, with the customers that came meanwhile."""
    page.page.reload()
    page = AgentPage(page.page)
    page.wait_phone_ok(timeout=30)
    return page


def test_a_call_with_nothing_but_the_browser(center, carrier_log, page):
    """It answers by itself, both sides are heard, the agent hangs up."""
    customer = center.new_customer("1986", "0100")
    page = reloaded(page)
    page.dial(customer)
    page.wait_state("answered")
    heard = page.page.evaluate(HEAR)
    assert heard == pytest.approx(customer.pitch, abs=12)
    page.page.wait_for_timeout(2000)  # two beeps of the fake microphone
    page.hang_up()
    page.wait_state("ended")

    call = customer.wait_recording()
    (line,) = carrier_log.wait(customer.number)
    assert (call["outcome"], line.ended_by) == ("answered", "caller")
    assert call["talk_seconds"] == pytest.approx(line.talk_seconds, abs=0.35)
    assert read_mono(line.heard).silence_share < MOSTLY_SILENT
    assert "idle" in page.states
    assert page.states[-3:] == ["ringing", "answered", "ended"]


def test_muted_the_customer_hears_nothing(center, carrier_log, page):
    customer = center.new_customer("1986", "0000")
    page = reloaded(page)
    page.dial(customer)
    page.wait_state("answered")
    page.page.wait_for_timeout(2000)  # two beeps of the fake microphone
    page.page.click(".o_cc_mute")
    page.page.wait_for_selector(".o_cc_mute[aria-pressed=true]")
    page.page.wait_for_timeout(3000)  # as long as is looked at below
    page.hang_up()
    page.wait_state("ended")
    (line,) = carrier_log.wait(customer.number)
    heard = read_mono(line.heard)
    assert heard.between(0, 2).silence_share < MOSTLY_SILENT
    tail = heard.between(heard.seconds - 2.5, heard.seconds)
    assert tail.silence_share > MUTED


def test_one_tab_is_the_phone_and_another_takes_over(center, page):
    customer = center.new_customer("1986", "0103")
    second = page.page.context.new_page()
    second.goto("/odoo/call-center")
    other = AgentPage(second)
    second.wait_for_selector(".o_cc_phone_elsewhere")
    page.page.close()
    second.wait_for_selector(".o_cc_phone_elsewhere", state="detached")
    other.wait_phone_ok(timeout=30)
    center.make_ready("1986")
    other.dial(customer)
    other.wait_state("answered")
    other.wait_state("ended")


def test_the_tab_that_is_not_the_phone_hangs_up(center, carrier_log, page):
    customer = center.new_customer("1986", "0000")
    second = page.page.context.new_page()
    second.goto("/odoo/call-center")
    other = AgentPage(second)
    second.wait_for_selector(".o_cc_phone_elsewhere")
    other.wait_phone_ok()
    other.dial(customer)
    page.wait_state("answered")
    other.wait_state("answered")
    other.hang_up()
    for tab in (page, other):
        tab.wait_state("ended")
    (line,) = carrier_log.wait(customer.number)
    assert line.ended_by == "caller"


def test_the_tab_that_is_not_the_phone_hangs_up_a_test_call(page):
    second = page.page.context.new_page()
    second.goto("/odoo/call-center")
    other = AgentPage(second)
    second.wait_for_selector(".o_cc_phone_elsewhere")
    other.wait_phone_ok()
    other.test_call()
    second.wait_for_selector(".o_cc_mute")
    other.hang_up()
    for tab in (page, other):
        tab.wait_state("idle")


def test_a_browser_that_is_closed_in_a_call_ends_it(center, carrier_log, page):
    """The phone is gone with the browser; the record is complete, nobody is stuck."""
    customer = center.new_customer("1986", "0000")
    page = reloaded(page)
    page.dial(customer)
    page.wait_state("answered")
    page.page.context.close()
    call = customer.wait_ended(timeout=60)
    (line,) = carrier_log.wait(customer.number)
    assert call["outcome"] == "answered"
    assert call["talk_seconds"] == pytest.approx(line.talk_seconds, abs=0.35)
    center.wait_agent("1986", "wrap_up", timeout=60)
    center.log_in("1986").call("callcenter.agent", "action_leave_unsaved", [])
    center.wait_agent("1986", "unreachable", timeout=60)


def test_the_test_call_plays_back_what_is_said(page):
    page.test_call()
    page.wait_text("you should hear yourself")
    page.page.wait_for_selector(".o_cc_mute")
    # The beeps of the browser's fake microphone.
    assert 300 <= page.page.evaluate(HEAR) <= 500
    page.hang_up()
    page.wait_state("idle")


def test_the_hash_is_all_that_the_page_gets(stack, page):
    phone = page.page.evaluate(
        "() => odoo.__WOWL_DEBUG__.root.env.services.orm"
        ".call('callcenter.agent', 'action_read_phone', [])"
    )
    assert stack.secrets["extensions"]["1986"] not in str(phone)
    assert len(phone["ha1"]) == 32
