"""What a manager saves waits for a reload, and what the bar says of it is the truth.

The whole system; what the engine does to a PBX has tests of its own.
"""

import time
import xmlrpc.client

import pytest

from dev.phones import Phone, PhoneError


class Bar:
    """What the bar shows of the demonstration's PBX."""

    def __init__(self, records):
        self.records = records
        self.pbx_id = records.one("callcenter.pbx")["id"]

    def read(self):
        """Return what the bar shows, None for no bar."""
        bars = self.records.call("callcenter.pbx", "action_read_reload")
        return next((bar for bar in bars if bar["id"] == self.pbx_id), None)

    def texts(self):
        """Return the changes that wait."""
        bar = self.read()
        return [change["text"] for change in bar["changes"]] if bar else []

    def wait(self, condition, timeout=20):
        """Wait until the bar is so."""
        deadline = time.monotonic() + timeout
        while not condition(bar := self.read()):
            assert time.monotonic() < deadline, bar
            time.sleep(0.05)
        return bar

    def wait_gone(self):
        """Wait until nothing waits."""
        self.wait(lambda bar: bar is None)

    def reload(self):
        """Click it; return what it shows when the reload is over."""
        assert self.records.call("callcenter.pbx", "action_reload", [self.pbx_id])
        return self.wait(lambda bar: bar is None or bar["state"] != "running")


@pytest.fixture
def bar(center):
    shown = Bar(center.records)
    shown.wait_gone()
    yield shown
    domain = [("number", "in", ["2001", "2002"]), ("active", "in", [True, False])]
    for extension in center.records.search("callcenter.extension", *domain):
        center.records.call("callcenter.extension", "unlink", [extension["id"]])
    for trunk in center.records.search("callcenter.trunk", ("name", "=", "second")):
        center.records.call("callcenter.trunk", "unlink", [trunk["id"]])
    if shown.read():
        shown.reload()
    shown.wait_gone()


@pytest.fixture
def registers(stack):
    """A function that tells whether a phone is let in: `registers("2001", secret)`."""

    def registers(number: str, secret: str) -> bool:
        settings = stack.settings
        folder = settings.run / "phones" / number
        with Phone(number, secret, folder, sip_port=settings.sip_port) as phone:
            try:
                phone.wait_registered()
            except PhoneError as error:
                if "refused: 401" not in str(error):
                    raise
                return False
            return True

    return registers


def new_extension(bar, number="2001"):
    """Make an extension; return its id and its secret."""
    created = bar.records.create("callcenter.extension", number=number)
    (values,) = bar.records.call("callcenter.extension", "read", [created], ["secret"])
    return created, values["secret"]


def test_nothing_waits_in_a_new_demonstration(bar):
    """What was written for the PBX and what Odoo wants are one."""
    assert bar.read() is None
    pbx = bar.records.one("callcenter.pbx", fields=["sections_read_at"])
    assert pbx["sections_read_at"]


def test_an_extension_from_form_to_phone(bar, registers):
    """Added, with a new secret, removed: each waits until the click."""
    extension, secret = new_extension(bar)
    waiting = bar.read()
    assert waiting["state"] == "waiting"
    assert waiting["summary"] == "extension 2001 added"
    assert not registers("2001", secret)
    assert bar.reload() is None
    assert registers("2001", secret)

    bar.records.call("callcenter.extension", "action_generate_secret", [extension])
    assert bar.texts() == ["extension 2001 secret changed"]
    (values,) = bar.records.call(
        "callcenter.extension", "read", [extension], ["secret", "waits"]
    )
    assert values["waits"]
    assert values["secret"] != secret
    assert registers("2001", secret)
    assert bar.reload() is None
    assert not registers("2001", secret)
    assert registers("2001", values["secret"])

    bar.records.write("callcenter.extension", extension, active=False)
    assert bar.texts() == ["extension 2001 removed"]
    assert bar.reload() is None
    assert not registers("2001", values["secret"])


def test_a_value_that_the_pbx_refused_is_named(bar):
    bar.records.create(
        "callcenter.trunk",
        name="second",
        pbx_id=bar.pbx_id,
        host="no.such.host.invalid",
    )
    new_extension(bar)
    assert bar.texts() == ["extension 2001 added", "trunk second added"]
    refused = bar.reload()
    assert refused["state"] == "failed"
    assert [change["what"] for change in refused["changes"]] == ["refused"]
    assert "no.such.host.invalid" in refused["message"]


def test_a_pbx_that_is_away_keeps_what_waits(stack, bar):
    new_extension(bar)
    stack.stop("pbx")
    bar.records.wait_one("callcenter.pbx", ("state", "!=", "online"))
    with pytest.raises(xmlrpc.client.Fault, match="can't be reached"):
        bar.records.call("callcenter.pbx", "action_reload", [bar.pbx_id])
    assert bar.texts() == ["extension 2001 added"]
    stack.start("pbx")
    bar.records.wait_one("callcenter.pbx", ("state", "=", "online"))
    assert bar.reload() is None


def test_an_old_pbx_restored_makes_the_bar_come_back(stack, bar, registers):
    folder = stack.settings.run / "pbx/etc/odoo"
    old = {path: path.read_bytes() for path in folder.iterdir()}
    __, secret = new_extension(bar)
    assert bar.reload() is None
    stack.stop("pbx")
    for path, content in old.items():
        path.write_bytes(content)
    stack.start("pbx")
    shown = bar.wait(lambda bar: bar is not None)
    assert shown["summary"] == "extension 2001 added"
    assert not registers("2001", secret)
    assert bar.reload() is None
    assert registers("2001", secret)


def test_a_reload_whose_link_falls_fails_and_can_be_done_again(stack, bar):
    """The PBX dies in the middle: said, and never left running."""
    new_extension(bar)
    bar.records.call("callcenter.pbx", "action_reload", [bar.pbx_id])
    stack.kill("pbx")
    over = bar.wait(lambda bar: bar is None or bar["state"] != "running")
    stack.start("pbx")
    bar.records.wait_one("callcenter.pbx", ("state", "=", "online"))
    if over is not None:
        assert over["state"] in ("failed", "waiting")
        assert bar.reload() is None
    bar.wait_gone()


def test_groups_mark_the_pbx(bar):
    """The walk-through's second step: an agent more in a group."""
    group = bar.records.one("callcenter.agent.group", fields=["agent_ids"])
    agents = group["agent_ids"]
    bar.records.write(
        "callcenter.agent.group", group["id"], agent_ids=[(6, 0, agents[:-1])]
    )
    assert bar.texts() == ["group Outbound sales: 3 → 2 agents"]
    bar.records.write("callcenter.agent.group", group["id"], agent_ids=[(6, 0, agents)])
    assert bar.read() is None


def test_the_demonstrations_trunk_is_seen_alive(bar):
    trunk = bar.records.wait_one(
        "callcenter.trunk",
        ("name", "=", "carrier"),
        ("state", "=", "reachable"),
        fields=["state_text", "secret_set"],
    )
    assert trunk["state_text"].startswith("OK (")
    assert trunk["secret_set"]
