"""Reloads of a real PBX, proven by phones: what a manager saves is what registers.

The engine with a stand-in for Odoo, and PBXs of its own; what Odoo makes of it is in
`test_reload.py` and in the module's own tests.
"""

import shutil
import time

import pytest

from connector.core import events, provisioning
from connector.core.provisioning import ExtensionWanted, GroupWanted, TrunkWanted
from connector.core.queues import Member
from dev import asterisk
from dev.phones import PhoneError
from tests.e2e.engine import Engine, Machines, phone_states
from tests.e2e.raw_ami import RawAmi
from tests.e2e.test_connector_real import ANSWERS, TALKS_ON

SECRET = "a-s3cret-of-these-tests"


class PbxMachines(Machines):
    """With what an administrator does to a PBX's files behind Odoo's back."""

    @property
    def folder(self):
        return self.settings.run / "pbx/etc/odoo"

    def wanted(self):
        """Return what Odoo wants of the demonstration."""
        secrets = self.secrets
        return [
            ExtensionWanted("1986", secrets["extensions"]["1986"], "browser"),
            ExtensionWanted("1987", secrets["extensions"]["1987"]),
            ExtensionWanted("1988", secrets["extensions"]["1988"]),
            TrunkWanted(
                "carrier",
                "127.0.0.1",
                self.settings.carrier_sip_port,
                "callcenter",
                secrets["trunk_secret"],
            ),
            GroupWanted("group-1", members=(("1986", "1986"), ("1987", "1987"))),
        ]

    def raw(self):
        secrets = self.secrets
        return RawAmi(
            self.settings.ami_port, secrets["ami_user"], secrets["ami_secret"]
        )

    def registers(self, number, secret):
        """Tell whether a phone with a number and a secret is let in."""
        with self.phone(number, secret=secret) as phone:
            try:
                phone.wait_registered()
            except PhoneError as error:
                if "refused: 401" not in str(error):
                    raise
                return False
            return True


class PbxEngine(Engine):
    """With what a manager does."""

    def reload(self, *wanted, timeout=20):
        """Ask for a reload, wait for its end; return what the PBX then holds."""
        self.gateway.wanted = list(wanted)
        number = self.send("reload")

        def over():
            return [
                e
                for e in self.gateway.of(events.ReloadDone, events.CommandFailed)
                if e.command_id == number
            ]

        self.wait(over, timeout)
        (event,) = over()
        return held_of(event) if isinstance(event, events.ReloadDone) else event

    def wait_read(self, count=1):
        """Wait until it was read back so often; return what the PBX holds."""
        self.wait(lambda: len(self.gateway.of(events.SectionsRead)) >= count)
        return held_of(self.gateway.of(events.SectionsRead)[-1])

    def trunk_state(self, name="carrier"):
        told = [e for e in self.gateway.of(events.TrunkChanged) if e.trunk == name]
        return told[-1].state if told else ""


def held_of(event):
    return {(s.kind, s.name): (s.value, s.problem) for s in event.sections}


def good(*wanted):
    return {(value.kind, value.name): (value, "") for value in wanted}


@pytest.fixture(scope="module")
def machines(settings):
    made = PbxMachines(settings, "provisioning-run", voice=24000)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def engine(machines):
    with PbxEngine(machines.pbx()) as running:
        yield running.wait_online()


@pytest.fixture
def wanted(machines, engine):
    """Return what is wanted of the demonstration; the PBX holds it."""
    values = machines.wanted()
    assert engine.reload(*values) == good(*values)
    return values


@pytest.fixture
def phone(machines, engine, wanted):
    with machines.phone() as running:
        running.wait_registered()
        engine.wait(lambda: phone_states(engine, "1987")[-1:] == ["reachable"])
        yield running
    engine.wait(lambda: phone_states(engine, "1987")[-1] != "reachable")


def test_the_demonstration_is_taken_over_without_a_difference(machines, engine):
    """Nothing waits in a new demonstration, and a reload writes nothing."""
    values = machines.wanted()
    members = tuple((number, number) for number in ("1986", "1987", "1988"))
    values[-1] = GroupWanted("group-1", members=members)
    assert engine.wait_read() == good(*values)
    before = {path.name: path.read_text() for path in machines.folder.iterdir()}
    assert engine.reload(*values) == good(*values)
    after = {path.name: path.read_text() for path in machines.folder.iterdir()}
    assert before == after
    # a PBX that another connector reads again says the same
    with PbxEngine(machines.pbx()) as second:
        engine.loop.call_soon_threadsafe(engine.runner.stop)
        engine.thread.join(5)
        assert second.wait_read() == good(*values)


def test_a_new_secret_registers_and_the_old_one_is_refused(machines, engine, wanted):
    old = wanted[1].secret
    assert machines.registers("1987", old)
    wanted[1] = ExtensionWanted("1987", SECRET)
    assert engine.reload(*wanted) == good(*wanted)
    assert machines.registers("1987", SECRET)
    assert not machines.registers("1987", old)


def test_extensions_come_and_go(machines, engine, wanted):
    new = ExtensionWanted("2001", SECRET)
    assert not machines.registers("2001", SECRET)
    assert engine.reload(*wanted, new) == good(*wanted, new)
    assert machines.registers("2001", SECRET)
    assert engine.reload(*wanted) == good(*wanted)
    assert not machines.registers("2001", SECRET)
    assert machines.registers("1987", wanted[1].secret)


def test_many_in_several_files_and_out_again(machines, engine, wanted):
    """Over a hundred, removed a few at a time; nothing is written twice."""
    many = [ExtensionWanted(str(n), SECRET) for n in range(3000, 3120)]
    assert engine.reload(*wanted, *many) == good(*wanted, *many)
    assert (machines.folder / "pjsip_wizard_001.conf").exists()
    progress = engine.gateway.of(events.ReloadProgress)
    assert progress[-1].total == 120
    written = machines.folder.stat().st_mtime_ns
    assert engine.reload(*wanted, *many) == good(*wanted, *many)
    assert machines.folder.stat().st_mtime_ns == written
    assert machines.registers("3119", SECRET)
    assert engine.reload(*wanted, *many[:60]) == good(*wanted, *many[:60])
    assert not machines.registers("3119", SECRET)
    assert engine.reload(*wanted) == good(*wanted)


def test_a_value_that_the_pbx_refuses_in_silence_is_named(engine, wanted):
    """Reload says that all is well; the rest is taken up."""
    bad = TrunkWanted("second", "no.such.host.invalid")
    new = ExtensionWanted("2002", SECRET)
    held = engine.reload(*wanted, new, bad)
    assert held == {**good(*wanted, new), ("trunk", "second"): (bad, "host")}
    mended = TrunkWanted("second", "127.0.0.1", 5099)
    assert engine.reload(*wanted, new, mended) == good(*wanted, new, mended)


def test_values_that_must_not_reach_the_pbx_stay_here(machines, engine, wanted):
    bad = TrunkWanted("evil", "127.0.0.1\r\nAction: Command")
    assert engine.reload(*wanted, bad) == {
        **good(*wanted),
        ("trunk", "evil"): (bad, "invalid"),
    }
    text = "".join(path.read_text() for path in machines.folder.iterdir())
    assert "evil" not in text


def test_secrets_with_special_characters_arrive_as_they_are(engine, wanted):
    """Asterisk's files have their own ideas of ; and quotes."""
    secret = ";a\"b'c=>d#e,f%g{h}[i]j$k&l!m~"
    trunk = TrunkWanted("second", "127.0.0.1", 5099, "u.s-e_r", secret)
    assert engine.reload(*wanted, trunk) == good(*wanted, trunk)


def test_a_dead_ami_fails_the_reload_and_says_so(machines, engine, wanted):
    asterisk.stop(machines.settings)
    try:
        engine.wait(lambda: engine.state() == "offline")
        # claimed by nobody while there is no link: Odoo lets it expire
        engine.gateway.wanted = wanted
        engine.send("reload")
        time.sleep(0.5)
        assert not engine.gateway.of(events.ReloadProgress)[1:]
        assert engine.gateway.pending
        engine.gateway.pending.clear()
    finally:
        asterisk.start(machines.settings)
    engine.wait_online()


def test_a_user_without_the_right_to_configure(machines, engine, wanted):
    manager = machines.settings.run / "pbx/etc/manager.conf"
    text = manager.read_text()
    manager.write_text(text.replace("reporting,config,system", "reporting,system"))
    machines.ask("manager reload")
    try:
        with PbxEngine(machines.pbx(revision="2")) as running:
            engine.loop.call_soon_threadsafe(engine.runner.stop)
            engine.thread.join(5)
            running.wait_online()
            failed = running.reload(*wanted, ExtensionWanted("2004", SECRET))
            assert (failed.code, failed.detail) == ("refused", "Permission denied")
    finally:
        manager.write_text(text)
        machines.ask("manager reload")


def test_a_folder_that_nobody_prepared(machines, engine, wanted):
    """The PBX can't write its files: said with the name of the file."""
    machines.folder.chmod(0o550)
    files = {path: path.stat().st_mode for path in machines.folder.iterdir()}
    for path in files:
        path.chmod(0o440)
    try:
        failed = engine.reload(*wanted, ExtensionWanted("2004", SECRET))
        assert failed.code == "files"
        assert failed.detail.startswith("odoo/pjsip_wizard_000.conf: ")
    finally:
        machines.folder.chmod(0o750)
        for path, mode in files.items():
            path.chmod(mode)


def test_an_old_pbx_restored_is_noticed(machines, engine, wanted, tmp_path):
    """At the next connect, and by itself while it is connected."""
    backup = tmp_path / "odoo"
    shutil.copytree(machines.folder, backup)
    new = ExtensionWanted("2005", SECRET)
    assert engine.reload(*wanted, new) == good(*wanted, new)

    def restore():
        for path in backup.iterdir():
            # what they were: owners and modes stay
            (machines.folder / path.name).write_bytes(path.read_bytes())

    restore()
    asterisk.stop(machines.settings)
    count = len(engine.gateway.of(events.SectionsRead))
    asterisk.start(machines.settings)
    assert engine.wait_read(count + 1) == good(*wanted)
    assert engine.reload(*wanted, new) == good(*wanted, new)
    assert machines.registers("2005", SECRET)
    # under a running PBX: what is in no file any more still lets a phone in
    restore()
    PbxEngine.sections, kept = 0.5, PbxEngine.sections
    try:
        with PbxEngine(machines.pbx()) as watching:
            engine.loop.call_soon_threadsafe(engine.runner.stop)
            engine.thread.join(5)
            held = watching.wait_read()
            assert held[("extension", "2005")] == (None, "left")
            assert watching.reload(*wanted) == good(*wanted)
            assert not machines.registers("2005", SECRET)
            file = machines.folder / "pjsip_wizard_000.conf"
            changed = file.read_text().replace("context = phones", "context = outbound")
            file.write_text(changed)
            watching.wait(
                lambda: watching.wait_read()[("extension", "1987")] == (None, "")
            )
            assert watching.reload(*wanted) == good(*wanted)
    finally:
        PbxEngine.sections = kept


def test_a_call_is_not_disturbed(machines, engine, wanted, phone):
    """Also that of the phone whose extension is removed meanwhile."""
    key = engine.dial(TALKS_ON)
    engine.wait_for(events.CustomerAnswered, key)
    many = [ExtensionWanted(str(n), SECRET) for n in range(3000, 3040)]
    others = [value for value in wanted if value.name not in ("1987", "group-1")]
    others.append(TrunkWanted("second", "127.0.0.1", 5099))
    assert engine.reload(*others, *many) == good(*others, *many)
    time.sleep(0.5)
    assert key in machines.ask("core show channels concise")
    assert not [e for e in engine.gateway.of(events.CallEnded) if e.call_key == key]
    assert engine.reload(*wanted) == good(*wanted)
    engine.send("hangup", key)
    ended = engine.wait_ended(key)
    assert (ended.reason, ended.cause) == ("customer", 16)
    # the phone did not notice: it is still registered and can be called
    assert engine.wait_ended(engine.dial(ANSWERS)).answered_at


def test_trunks_are_followed(machines, engine, wanted):
    """Reachable, unreachable, rejected."""
    engine.wait(lambda: engine.trunk_state() == "reachable")
    nobody = TrunkWanted("second", "127.0.0.1", 5099)
    rejected = TrunkWanted(
        "third",
        "127.0.0.1",
        machines.settings.carrier_sip_port,
        "nobody",
        SECRET,
        registers=True,
    )
    assert engine.reload(*wanted, nobody, rejected) == good(*wanted, nobody, rejected)
    engine.wait(lambda: engine.trunk_state("second") == "unreachable")
    engine.wait(lambda: engine.trunk_state("third") in ("rejected", "not_registered"))


def test_who_signed_in_takes_calls(machines, engine, wanted):
    """Members of the file, guests, and what a restart forgets."""

    def members():
        with machines.raw() as ami:
            mark = ami.mark()
            ami.ask("QueueStatus", Queue="group-1")
            ami.wait_event("QueueStatusComplete", mark)
            return {
                m["Location"].removeprefix("PJSIP/"): m["Paused"] == "1"
                for m in ami.messages[mark:]
                if m.get("Event") == "QueueMember"
            }

    def act(kind, extension):
        number = engine.send(
            kind, extension=extension, queues=["group-1"], paused=kind == "pause"
        )
        engine.wait(
            lambda: events.CommandDone(number) in engine.gateway.of(events.CommandDone)
        )

    assert members() == {"1986": True, "1987": True}
    act("sign_in", "1987")
    act("sign_in", "1988")
    assert members() == {"1986": True, "1987": False, "1988": False}
    act("pause", "1987")
    act("pause", "1988")
    assert members() == {"1986": True, "1987": True, "1988": True}
    act("resume", "1987")
    act("resume", "1988")
    engine.gateway.members = [Member("group-1", "1987"), Member("group-1", "1988")]
    before = engine.gateway.broken_reloads
    asterisk.stop(machines.settings)
    asterisk.start(machines.settings)
    engine.wait(lambda: engine.gateway.broken_reloads > before)
    engine.wait(lambda: members() == {"1986": True, "1987": False, "1988": False})
    act("sign_out", "1987")
    act("sign_out", "1988")
    assert members() == {"1986": True, "1987": True}


def test_a_pbx_that_starts_from_empty(settings):
    """An administrator prepared two empty files; the rest comes from Odoo."""
    empty = PbxMachines(settings, "empty-run", voice=25000, demonstration=False)
    try:
        empty.start()
        assert {path.name: path.read_text() for path in empty.folder.iterdir()} == {
            "pjsip_wizard_000.conf": "",
            "queues_000.conf": "",
        }
        with PbxEngine(empty.pbx()) as engine:
            engine.wait_online()
            assert engine.wait_read() == {}
            values = empty.wanted()
            assert engine.reload(*values) == good(*values)
            with empty.phone() as phone:
                phone.wait_registered()
                engine.wait(lambda: phone_states(engine, "1987")[-1:] == ["reachable"])
                engine.wait(lambda: engine.trunk_state() == "reachable")
                assert engine.wait_ended(engine.dial(ANSWERS)).answered_at
        assert provisioning.TRUNKS_FILE.removeprefix("odoo/") in {
            path.name for path in empty.folder.iterdir()
        }
    finally:
        empty.stop()
