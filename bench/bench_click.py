"""How fast a click rings the agent's phone, and an answer shows on the screen.

Real Odoo, Asterisk, SIP phone and browser, on ports and in a folder of their own. The
limit of a click is the same call by AMI alone; that of the screen the moment at which
AMI tells of the answer.
"""

import statistics
import sys
import time
import uuid

from playwright.sync_api import sync_playwright

from bench.figures import Figure, percentile95, show
from bench.running import Session, running_stack
from dev import browser
from dev.phones import Phone
from dev.stack import Stack
from tests.e2e.agent_page import AgentPage
from tests.e2e.call_center import CallCenter
from tests.e2e.carrier import CarrierLog
from tests.e2e.raw_ami import RawAmi

CLICKS = 20
ANSWERS = 10

#: What may come between a click and the ring beyond AMI's own time (ms).
CLICK_GOAL = 50
#: What may come between the customer's answer and the agent's screen (ms).
SCREEN_GOAL = 150


def measure_clicks(stack, center):
    """Return the milliseconds from click to INVITE: ours, and those of AMI alone."""
    customer = center.new_customer("1988", "0000")
    session = Session(stack, "1988")
    ours, raw = [], []
    with (
        phone_of(stack) as phone,
        raw_ami(stack) as ami,
    ):
        for _time in range(CLICKS):
            center.make_ready("1988")
            ours.append(
                time_to_ring(
                    phone,
                    lambda: session.call(
                        "callcenter.task", "action_dial", [customer.task_id]
                    ),
                )
            )
            center.make_ready("1988")
            raw.append(time_to_ring(phone, lambda: originate(ami)))
    return ours, raw


def phone_of(stack):
    """The SIP phone of the agent 1988, that rings until it is told otherwise."""
    return Phone(
        "1988",
        stack.secrets["extensions"]["1988"],
        stack.settings.run / "phones/1988",
        sip_port=stack.settings.sip_port,
        answer="manual",
    )


def raw_ami(stack):
    """AMI without library or engine."""
    secrets = stack.secrets
    port = stack.settings.ami_port
    return RawAmi(port, secrets["ami_user"], secrets["ami_secret"])


def originate(ami):
    """Ring the phone by AMI alone."""
    ami.ask(
        "Originate",
        Channel="PJSIP/1988",
        Context="echo",
        Exten="s",
        Priority=1,
        Timeout=15000,
        Async="true",
        ChannelId=str(uuid.uuid4()),
    )


def time_to_ring(phone, ring):
    """Return the milliseconds until an INVITE came in at the phone; then reject it."""
    phone.wait_registered()
    mark = phone.mark()
    began = time.monotonic()
    ring()
    phone.wait_ringing(since=mark)
    (arrived,) = [
        moment for moment, kind, _ in phone.events[mark:] if kind == "CALL_INCOMING"
    ]
    phone.hang_up()
    phone.wait_closed(since=mark)
    return (arrived - began) * 1000


def measure_answers(stack, center):
    """Return the milliseconds from the customer's 200 OK to the screen, and to AMI."""
    log = CarrierLog(stack.settings.run / "carrier/log/calls.jsonl")
    customer = center.new_customer("1987", "0001")
    ours, raw = [], []
    with sync_playwright() as playwright, raw_ami(stack) as ami:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=browser.ARGUMENTS
        )
        page = log_in(chromium, stack)
        for count in range(1, ANSWERS + 1):
            center.make_ready("1987")
            mark, shown = ami.mark(), len(page.shown)
            page.dial(customer)
            ami.wait(is_answer, since=mark)
            told = time.time()
            page.wait_state("ended")
            line = log.wait(customer.number, count)[-1]
            screen = next(
                s["at"] for s in page.shown[shown:] if s["state"] == "answered"
            )
            ours.append((screen - line.answer) * 1000)
            raw.append((told - line.answer) * 1000)
        chromium.close()
    return ours, raw


def log_in(chromium, stack):
    """Open the workspace of the agent 1987, whose phone answers by itself."""
    page = chromium.new_page(base_url=stack.settings.odoo_url)
    page.goto("/web/login?redirect=/odoo/call-center")
    page.fill("input[name=login]", "1987")
    page.fill("input[name=password]", stack.secrets["passwords"]["1987"])
    page.click("button[type=submit]")
    agent_page = AgentPage(page)
    agent_page.wait_phone_ok()
    return agent_page


def is_answer(message):
    """Tell whether an AMI message says that the customer answered."""
    return (
        message.get("Event") == "DialEnd"
        and message.get("DialStatus") == "ANSWER"
        and "Channel" in message
    )


def main():
    """Measure both and print the figures."""
    with running_stack(Stack.start_fresh) as stack:
        center = CallCenter(stack)
        center.make_ready("1987")
        clicks, raw_clicks = measure_clicks(stack, center)
        answers, raw_answers = measure_answers(stack, center)
    raw_click = statistics.median(raw_clicks)
    added = [click - raw_click for click in clicks]
    raw_answer = statistics.median(raw_answers)
    screen = statistics.median(answers)
    show(
        [
            Figure(
                figure="click_to_invite_added",
                unit="ms",
                ours=statistics.median(added),
                p95=percentile95(added),
                raw=raw_click,
                raw_name="AMI Originate to INVITE",
                ratio=statistics.median(added) / raw_click,
                goal=CLICK_GOAL,
            ),
            Figure(
                figure="answer_to_screen",
                unit="ms",
                ours=screen,
                p95=percentile95(answers),
                raw=raw_answer,
                raw_name="200 OK to the AMI event",
                ratio=screen / raw_answer,
                goal=SCREEN_GOAL,
            ),
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
