"""The PBX and the simulated carrier as they are configured, without Odoo.

The proof of the tables in asterisk/README.md: calls are real, audio is real. They have
a PBX and a carrier of their own.
"""

import base64
import json
import re
import time
import urllib.error
import urllib.request
import uuid

import pytest

from asterisk import configure
from dev import asterisk
from dev.phones import PhoneError
from tests.e2e import audio
from tests.e2e.raw_ami import RawAmi
from tests.e2e.telephony import Telephony

#: What a customer's number makes the PBX record: DIALSTATUS, cause, SIP status.
NOT_REACHED = {
    "busy": ("862155101100", "BUSY", 17, "486"),
    "vacant": ("862155103000", "CHANUNAVAIL", 1, "404"),
    "powered off": ("862155104100", "NOANSWER", 19, "480"),
    "out of service area": ("862155105000", "CHANUNAVAIL", 18, "408"),
    "suspended": ("862155106000", "CHANUNAVAIL", 22, "410"),
    "rejected": ("862155107100", "CHANUNAVAIL", 21, "603"),
    "congestion": ("862155108000", "CONGESTION", 34, "503"),
    "early media, then vacant": ("862155109000", "CHANUNAVAIL", 1, "404"),
    "forbidden": ("862155109300", "CHANUNAVAIL", 21, "403"),
    "out of order": ("862155109400", "CHANUNAVAIL", 27, "502"),
    "not in the plan": ("8613800138000", "CHANUNAVAIL", 1, "404"),
}

CALLER = "862155550000"


class Machines(Telephony):
    """A PBX and a carrier with AMI and ARI as any program sees them."""

    def ami(self, port):
        """Return an AMI connection."""
        return RawAmi(port, self.secrets["ami_user"], self.secrets["ami_secret"])

    def ari(self, method, path):
        """Ask ARI; return status and body."""
        user, secret = self.secrets["ari_user"], self.secrets["ari_secret"]
        token = base64.b64encode(f"{user}:{secret}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.settings.ari_port}{path}",
            method=method,
            headers={"Authorization": f"Basic {token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class Caller:
    """Places calls as the connector does, and tells what was recorded of them."""

    def __init__(self, ami):
        self.ami = ami

    def originate(self, number, extension="1987", auto=False, **variables):
        """Start a call; return its uuid, and the place of its first event."""
        key = str(uuid.uuid4())
        names = {"__CALLUUID": key, "DIALTIME": 30, "__REC": 1, "__TRUNK": "carrier"}
        values = {**names, **variables}
        if auto:
            values["PJSIP_HEADER(add,Call-Info)"] = "<sip:pbx>;answer-after=0"
            header = "<http://pbx>;info=alert-autoanswer"
            values["PJSIP_HEADER(add,Alert-Info)"] = header
        mark = self.ami.mark()
        self.ami.ask("DBPut", Family="calls", Key=key, Val=f"sent|{time.time():.3f}")
        answer = self.ami.ask(
            "Originate",
            [
                ("Variable", f"{name}={value}")
                for name, value in values.items()
                if value
            ],
            Channel=f"PJSIP/{extension}",
            Context="outbound",
            Exten=number,
            Priority=1,
            Timeout=5000,
            Async="true",
            CallerID=f'"Outbound" <{CALLER}>',
            ChannelId=key,
        )
        assert answer["Response"] == "Success", answer
        return key, mark

    def answered(self, key, mark):
        """Wait until the customer has answered."""
        self.ami.wait_event("DialEnd", mark, Uniqueid=key, DialStatus="ANSWER")

    def ended(self, key, mark):
        """Wait until the call is over, and return its record's fields."""
        self.ami.wait_event("Hangup", mark, Uniqueid=key)
        for _try in range(50):
            record = self.ami.records()[key].split("|")
            if record[0] in ("end", "sent"):
                break
            time.sleep(0.02)
        return record

    def call(self, number, **options):
        """Make a call, wait for its end, and return its record's fields."""
        return self.ended(*self.originate(number, **options))


@pytest.fixture(scope="module")
def telephony(settings):
    made = Machines(settings, "pbx-run", voice=18000)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def ami(telephony):
    with telephony.ami(telephony.settings.ami_port) as connection:
        yield connection


@pytest.fixture(scope="module")
def caller(ami):
    return Caller(ami)


@pytest.fixture(scope="module")
def phone(telephony):
    """1987, which answers by itself and sends 1000 Hz."""
    with telephony.phone("1987", "auto", tone_hz=1000) as running:
        running.wait_registered()
        yield running


@pytest.fixture
def manual(telephony):
    """1988, which a person picks up; it sends 700 Hz."""
    with telephony.phone("1988", "manual", tone_hz=700) as running:
        running.wait_registered()
        yield running


def heard(phone, mark=0):
    """Return what a phone heard in its last call."""
    phone.wait_closed(since=mark)
    return audio.read_mono(phone.recordings[-1])


def test_a_boot_leaves_no_warning(telephony):
    for name in ("pbx", "carrier"):
        text = (telephony.run / name / "log/messages.log").read_text()
        assert "modules will be loaded" in text
        assert [line for line in text.splitlines() if " NOTICE[" not in line][1:] == []


def test_an_answered_call_is_heard_on_both_sides(telephony, caller, phone):
    """Tones, length and times agree: phone, recording and carrier's log."""
    mark = phone.mark()
    record = caller.call("862155110103")
    state, ended_at, _, status, cause, _, dialed_at, answered_at, *_ = record
    assert (state, status, cause) == ("end", "ANSWER", "16")
    talk = float(ended_at) - float(answered_at)
    assert talk == pytest.approx(3, abs=0.15)
    assert float(answered_at) - float(dialed_at) == pytest.approx(1, abs=0.15)

    (call,) = telephony.carrier_log.wait("862155110103")
    assert call.talk_seconds == pytest.approx(talk, abs=0.1)
    assert (call.disposition, call.sip_code, call.ended_by) == (
        "answered",
        200,
        "carrier",
    )
    assert call.caller == CALLER

    assert heard(phone, mark).tones()[0].hz == pytest.approx(620, abs=3)
    assert audio.read_mono(call.heard).tones()[0].hz == pytest.approx(1000, abs=3)


def test_a_recording_has_both_voices_and_goes_over_ari(telephony, caller, phone):
    key, mark = caller.originate("862155120002")
    caller.ended(key, mark)
    status, listing = telephony.ari("GET", "/ari/recordings/stored")
    assert status == 200
    assert key in {entry["name"] for entry in json.loads(listing)}
    status, content = telephony.ari("GET", f"/ari/recordings/stored/{key}/file")
    assert status == 200
    (sound,) = audio.parse(content)
    assert sound.seconds == pytest.approx(2, abs=0.15)
    pitches = sorted(tone.hz for tone in sound.tones(count=3))
    assert pitches == [pytest.approx(640, abs=3), pytest.approx(1000, abs=3)]
    assert telephony.ari("DELETE", f"/ari/recordings/stored/{key}")[0] == 204
    assert telephony.ari("GET", f"/ari/recordings/stored/{key}")[0] == 404


def test_no_recording_unless_the_call_asks_for_it(telephony, caller, phone):
    key, mark = caller.originate("862155120001", __REC=0)
    caller.ended(key, mark)
    assert telephony.ari("GET", f"/ari/recordings/stored/{key}")[0] == 404


def test_a_number_with_a_plus(telephony, caller, phone):
    assert caller.call("+862155130001")[3] == "ANSWER"
    assert telephony.carrier_log.wait("862155130001")


def test_zeros_in_the_pitch_are_no_octal_numbers(caller, phone):
    mark = phone.mark()
    caller.call("862155080001")
    assert heard(phone, mark).tones()[0].hz == pytest.approx(560, abs=5)


@pytest.mark.parametrize("name", NOT_REACHED)
def test_customers_who_are_not_reached(telephony, caller, phone, name):
    number, status, cause, sip = NOT_REACHED[name]
    record = caller.call(number)
    assert (record[0], record[3], record[4]) == ("end", status, str(cause))
    assert record[5].startswith(f"SIP {sip} ")
    assert record[7] == ""
    (call,) = telephony.carrier_log.wait(number)
    assert (call.disposition, call.sip_code) == ("refused", int(sip))
    assert call.answer is None


def test_a_customer_who_lets_it_ring(telephony, caller, phone):
    record = caller.call("862155102000", DIALTIME=2)
    assert record[3:6] == ["NOANSWER", "16", "SIP 180 Ringing"]
    (call,) = telephony.carrier_log.wait("862155102000")
    assert (call.disposition, call.ended_by) == ("cancelled", "caller")
    assert call.end - call.start == pytest.approx(2, abs=0.3)


def test_the_agent_hears_early_media(telephony, caller, phone):
    mark = phone.mark()
    record = caller.call("862155119000")
    assert record[9] != ""  # PROGRESSTIME_MS
    sound = heard(phone, mark)
    assert sound.seconds > 1
    assert sound.silence_share < 0.7


def test_a_fax_machine_answers_with_its_tone(caller, phone):
    mark = phone.mark()
    assert caller.call("862155109103")[3] == "ANSWER"
    assert heard(phone, mark).tones()[0].hz == pytest.approx(2100, abs=5)


def test_an_answering_machine_speaks_and_the_agent_hangs_up(telephony, caller, manual):
    key, mark = caller.originate("862155109200", extension="1988")
    manual.wait_ringing()
    manual.answer()
    caller.answered(key, mark)
    time.sleep(2.5)
    manual.hang_up()
    assert caller.ended(key, mark)[3] == "ANSWER"
    assert heard(manual).silence_share < 0.7
    (call,) = telephony.carrier_log.wait("862155109200")
    assert call.ended_by == "caller"


def test_a_phone_that_dials_by_hand_reaches_the_echo_alone(telephony, manual):
    before = telephony.carrier_log.calls()
    for number in ("862155110103", "+862155110103", "1987", "outbound", "s", "6000"):
        mark = manual.mark()
        manual.dial(number)
        refused = manual.wait("CALL_CLOSED", "CALL_ESTABLISHED", since=mark)
        assert (refused["type"], refused["param"]) == ("CALL_CLOSED", "404 Not Found")
    mark = manual.mark()
    manual.dial("600")
    manual.wait_established(since=mark)
    time.sleep(1.5)
    manual.hang_up()
    assert heard(manual, mark).tones()[0].hz == pytest.approx(700, abs=3)
    assert telephony.carrier_log.calls() == before


def test_a_test_call_rings_the_phone_and_echoes(ami, manual):
    key = str(uuid.uuid4())
    mark = ami.mark()
    headers = {"Channel": "PJSIP/1988", "Context": "echo", "Exten": "s"}
    ami.ask("Originate", **headers, Priority=1, Async="true", ChannelId=key)
    manual.wait_ringing()
    manual.answer()
    manual.wait_established()
    time.sleep(1.5)
    manual.hang_up()
    ami.wait_event("Hangup", mark, Uniqueid=key)
    assert heard(manual).tones()[0].hz == pytest.approx(700, abs=3)


def test_a_phone_that_is_told_to_answer_by_headers(telephony, caller):
    with telephony.phone("1988", "headers") as phone:
        phone.wait_registered()
        assert caller.call("862155110001", extension="1988", auto=True)[3] == "ANSWER"
        assert phone.last_invite["call-info"] == ["<sip:pbx>;answer-after=0"]
        wanted = ["<http://pbx>;info=alert-autoanswer"]
        assert phone.last_invite["alert-info"] == wanted
        mark = phone.mark()
        key, place = caller.originate("862155110001", extension="1988")
        phone.wait_ringing(since=mark)
        with pytest.raises(PhoneError):
            phone.wait_established(timeout=1, since=mark)
        phone.hang_up()
        assert caller.ended(key, place)[0] == "sent"


@pytest.mark.parametrize(
    ("number", "variables"),
    [
        ("862155110001", {"__CALLUUID": ""}),
        ("862155110001", {"__TRUNK": ""}),
        ("1&PJSIP/1988", {}),
        ("862155110001,1", {}),
        ("8621a", {}),
        ("862155110001)", {}),
    ],
)
def test_what_is_no_call_of_ours_reaches_nobody(
    telephony, ami, caller, phone, number, variables
):
    before = telephony.carrier_log.calls()
    key, mark = caller.originate(number, **variables)
    ended = ami.wait_event("Hangup", mark, Uniqueid=key)
    assert ended["Cause"] == "21"
    assert ami.records()[key].startswith("sent|")
    assert telephony.carrier_log.calls() == before


def test_a_trunk_that_does_not_exist(caller, phone):
    record = caller.call("862155110001", __TRUNK="nowhere")
    assert record[3:6] == ["CHANUNAVAIL", "3", ""]


def test_calls_from_the_carrier_get_an_announcement_only(telephony, ami, manual):
    mark = ami.mark()
    with telephony.ami(telephony.settings.carrier_ami_port) as outside:
        outside.ask(
            "Originate",
            Channel="PJSIP/1988@callcenter",
            Application="Wait",
            Data=2,
            Async="true",
            CallerID="<13800138000>",
        )
        incoming = ami.wait_event("Newchannel", mark, Context="from-trunk")
        ami.wait_event("Hangup", mark, Uniqueid=incoming["Uniqueid"])
    assert manual.seen("CALL_INCOMING") == []


def test_a_wrong_secret_is_refused(telephony):
    stranger = telephony.phone("1988", "manual", secret="not-this-one")
    with stranger, pytest.raises(PhoneError, match="refused: 401"):
        stranger.wait_registered()


def test_ami_refuses_a_wrong_secret_and_what_it_is_not_for(telephony, ami):
    with pytest.raises(PermissionError, match="Authentication failed"):
        RawAmi(telephony.settings.ami_port, "odoo", "not-this-one")
    assert ami.ask("Command", Command="core show uptime")["Response"] == "Error"


@pytest.mark.parametrize(
    "path", ["/", "/httpstatus", "/static/", "/ari/channels", "/ari/asterisk/info"]
)
def test_the_web_server_serves_recordings_and_the_socket_alone(telephony, path):
    assert telephony.ari("GET", path)[0] == 404


def test_odoo_can_take_over_what_the_demonstration_wrote(telephony, ami):
    """AMI UpdateConfig changes the files as if it had written them."""
    etc = telephony.run / "pbx/etc"

    def update(name, *changes):
        pairs = []
        for place, (action, section, more) in enumerate(changes):
            number = f"{place:06}"
            pairs += [(f"Action-{number}", action), (f"Cat-{number}", section)]
            pairs += [(f"{key}-{number}", value) for key, value in more.items()]
        name = f"odoo/pjsip_wizard_{name}.conf"
        answer = ami.ask("UpdateConfig", pairs, SrcFilename=name, DstFilename=name)
        assert answer["Response"] == "Success", answer

    before = (etc / "odoo/pjsip_wizard_000.conf").read_text()
    update(
        "000",
        ("NewCat", "1989", {"Options": "inherit=w0"}),
        ("Append", "1989", {"Var": "inbound_auth/username", "Value": "1989"}),
        ("Append", "1989", {"Var": "inbound_auth/password", "Value": "long-enough"}),
    )
    update(
        "trunks",
        ("Update", "carrier", {"Var": "aor/qualify_frequency", "Value": "60"}),
    )
    ami.ask("Reload", Module="res_pjsip_config_wizard.so")

    def shown(name):
        return telephony.ask(f"pjsip show endpoint {name}")

    assert re.search(r"context +: phones", shown("1989"))
    for name in ("1986", "1987", "1988", "carrier"):
        assert re.search(r"allow_transfer +: false", shown(name))
    assert re.search(r"webrtc +: yes", shown("1986"))

    after = (etc / "odoo/pjsip_wizard_000.conf").read_text()
    lines = [line for line in before.splitlines() if line]
    assert [line for line in after.splitlines() if line in lines] == lines
    assert configure.is_odoos(etc / "odoo/pjsip_wizard_000.conf")
    asterisk.prepare(telephony.settings)
    assert (etc / "odoo/pjsip_wizard_000.conf").read_text() == after
