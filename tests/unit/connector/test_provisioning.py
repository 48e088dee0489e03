"""From records to sections, from what is held to what is wanted, and nothing twice."""

import random

import pytest
from fake_config import FakeConfig

from asterisk import configure
from connector.core import provisioning
from connector.core.actions import ActionError
from connector.core.provisioning import (
    ExtensionWanted,
    GroupWanted,
    Live,
    TrunkWanted,
)

SECRET = "s3cret-of-a-test"
FIRST = provisioning.extension_file(0)
DEMONSTRATION = {
    "CARRIER_HOST": "127.0.0.1",
    "CARRIER_SIP_PORT": "5080",
    "TRUNK_USER": "callcenter",
    "TRUNK_SECRET": SECRET,
    **{f"EXTENSION_{number}_SECRET": f"{SECRET}-{number}" for number in range(2000)},
}
DEMONSTRATED = [
    ExtensionWanted("1986", f"{SECRET}-1986", "browser"),
    ExtensionWanted("1987", f"{SECRET}-1987"),
    ExtensionWanted("1988", f"{SECRET}-1988"),
    TrunkWanted("carrier", "127.0.0.1", 5080, "callcenter", SECRET),
    GroupWanted("group-1", "rrmemory", tuple((n, n) for n in ("1986", "1987", "1988"))),
]


def demonstration():
    files = configure.demonstration_files(DEMONSTRATION)
    return FakeConfig({f"odoo/{name}": text for name, text in files.items()})


def empty():
    """What configure.py makes without the demonstration."""
    return FakeConfig({FIRST: "", "odoo/queues_000.conf": ""})


def read(config):
    return [
        provisioning.parse_file(name, config.get_config(name)) for name in config.files
    ]


def held(config):
    return {(s.kind, s.name): s.value for s in provisioning.held_sections(read(config))}


def extensions(count, start=1000, **more):
    return [
        ExtensionWanted(str(number), SECRET, **more)
        for number in range(start, start + count)
    ]


def bring(config, wanted):
    """Carry out the plan; return it."""
    made = provisioning.plan(wanted, read(config))
    for step in made.steps:
        config.carry_out(step.action)
    return made


def names(plan):
    return [step.action.name for step in plan.steps]


def test_the_demonstration_is_taken_over_without_a_difference():
    """What configure.py writes and what Odoo wants are one."""
    config = demonstration()
    assert held(config) == {(v.kind, v.name): v for v in DEMONSTRATED}
    made = bring(config, DEMONSTRATED)
    assert names(made) == ["Reload", "QueueReload"]
    assert made.changes == 0


def test_an_empty_pbx_is_set_up_and_then_left_alone():
    config = empty()
    wanted = [*extensions(250), TrunkWanted("carrier", "sip.example.com")]
    wanted += [GroupWanted("group-1", "ringall", (("1001", "7001"), ("1000", "7002")))]
    made = bring(config, wanted)
    assert made.changes == 252
    kept = held(config)
    assert kept[("group", "group-1")].members == (("1000", "7002"), ("1001", "7001"))
    assert {k: v for k, v in kept.items() if k[0] != "group"} == {
        (v.kind, v.name): v for v in wanted[:-1]
    }
    sizes = {f.name: len(f.sections) for f in read(config)}
    assert sizes == {
        FIRST: 100,
        provisioning.extension_file(1): 100,
        provisioning.extension_file(2): 50,
        provisioning.TRUNKS_FILE: 1,
        provisioning.queue_file(0): 1,
    }
    writes = config.writes
    again = bring(config, wanted)
    assert again.changes == 0
    assert config.writes == writes


@pytest.mark.parametrize("seed", range(20))
def test_any_state_becomes_any_other(seed):
    chance = random.Random(seed)
    config = empty()

    def some():
        wanted = [
            ExtensionWanted(
                str(number),
                SECRET + chance.choice("ab"),
                chance.choice(provisioning.PHONES),
            )
            for number in chance.sample(range(1000, 1300), chance.randrange(250))
        ]
        for number in chance.sample(range(5), chance.randrange(5)):
            user = chance.choice(("", "user"))
            registers = bool(user) and chance.random() < 0.5
            host = f"h{chance.randrange(3)}.example.com"
            name = f"trunk-{number}"
            secret = SECRET if user else ""
            wanted.append(TrunkWanted(name, host, 5060, user, secret, registers))
        for number in chance.sample(range(9), chance.randrange(9)):
            members = chance.sample(range(1000, 1300), chance.randrange(80))
            members = tuple(sorted((str(m), f"a{m}") for m in members))
            strategy = chance.choice(provisioning.STRATEGIES)
            wanted.append(GroupWanted(f"group-{number}", strategy, members))
        return wanted

    for _round in range(4):
        wanted = some()
        made = bring(config, wanted)
        assert held(config) == {(v.kind, v.name): v for v in wanted}
        assert max(len(step.action.headers) for step in made.steps) <= 126
        assert bring(config, wanted).changes == 0


def test_removed_a_few_at_a_time():
    config = empty()
    bring(config, extensions(120))
    made = provisioning.plan(extensions(10), read(config))
    removed, reloads = [], 0
    for step in made.steps:
        removed.append(0)
        if step.action.get("Module") == provisioning.WIZARD_MODULE:
            reloads += 1
            assert sum(removed) <= provisioning.REMOVED_PER_RELOAD
            removed = []
        else:
            removed.append(sum(v == "DelCat" for __, v in step.action.headers))
    assert reloads == 5
    assert made.changes == 110


def test_removed_ones_leave_room():
    config = empty()
    bring(config, extensions(100))
    bring(config, extensions(99, 1001))
    bring(config, [*extensions(99, 1001), ExtensionWanted("5000", SECRET)])
    assert list(config.files) == [FIRST, "odoo/queues_000.conf"]


def test_a_change_writes_its_own_section_alone():
    config = empty()
    wanted = extensions(30)
    bring(config, wanted)
    wanted[7] = ExtensionWanted("1007", SECRET + "2", "browser")
    made = bring(config, wanted)
    assert names(made) == ["UpdateConfig", "Reload"]
    touched = {v for n, v in made.steps[0].action.headers if n.startswith("Cat-")}
    assert touched == {"1007"}
    wanted[7] = ExtensionWanted("1007", SECRET)
    bring(config, wanted)
    assert held(config)[("extension", "1007")] == wanted[7]


def test_a_new_trunk_is_looked_after():
    config = demonstration()
    second = TrunkWanted("second", "127.0.0.1")
    modules = [
        step.action.get("Module")
        for step in bring(config, [*DEMONSTRATED, second]).steps
        if step.action.name == "Reload"
    ]
    assert modules == [provisioning.WIZARD_MODULE, provisioning.PJSIP_MODULE]
    assert names(bring(config, DEMONSTRATED)).count("Reload") == 1


def test_a_template_that_somebody_changed_is_made_right():
    config = demonstration()
    for section in config.files[FIRST]:
        if section[1]:
            section[3][:] = [("type", "wizard"), ("endpoint/allow", "all")]
    assert all(v is None for k, v in held(config).items() if k[0] == "extension")
    made = bring(config, DEMONSTRATED)
    assert made.changes == 3
    assert held(config) == {(v.kind, v.name): v for v in DEMONSTRATED}
    assert bring(config, DEMONSTRATED).changes == 0


def test_a_section_by_another_hand_is_not_ours():
    config = demonstration()
    config.files[FIRST][2][3].append(("endpoint/context", "outbound"))
    kept = held(config)
    assert kept[("extension", "1987")] is None
    assert kept[("extension", "1988")] is not None
    (section,) = [
        s for s in provisioning.held_sections(read(config)) if s.name == "1987"
    ]
    assert "endpoint/context=outbound" in section.raw
    assert SECRET not in repr(section)
    bring(config, DEMONSTRATED)
    assert held(config)[("extension", "1987")] == DEMONSTRATED[1]


def test_a_section_in_the_wrong_file_finds_its_place():
    config = demonstration()
    config.files[provisioning.TRUNKS_FILE].append(config.files[FIRST].pop())
    bring(config, DEMONSTRATED)
    places = {s.name: f.name for f in read(config) for s in f.sections}
    assert places["1988"] == FIRST
    assert held(config) == {(v.kind, v.name): v for v in DEMONSTRATED}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (ExtensionWanted("1001\r\nAction: Command", SECRET), "extension"),
        (ExtensionWanted("1001", SECRET + "\r\nx: y"), "secret"),
        (ExtensionWanted("1001", "short"), "secret"),
        (ExtensionWanted("1001", SECRET, "fax"), "phone"),
        (TrunkWanted("1001", "sip.example.com"), "trunk"),
        (TrunkWanted("w12", "sip.example.com"), "trunk"),
        (TrunkWanted("carrier", "sip.example.com\n"), "host"),
        (TrunkWanted("carrier", "a,b"), "host"),
        (TrunkWanted("carrier", "a", 70000), "port"),
        (TrunkWanted("carrier", "a", 5060, "user;x", SECRET), "username"),
        (TrunkWanted("carrier", "a", 5060, "user", ""), "secret"),
        (TrunkWanted("carrier", "a", 5060, "user", "a\nb"), "secret"),
        (TrunkWanted("carrier", "a", registers=True), "username"),
        (GroupWanted("group-1)"), "queue"),
        (GroupWanted("group-1", "linear"), "strategy"),
        (GroupWanted("group-1", members=(("1001,0", "x"),)), "extension"),
        (GroupWanted("group-1", members=(("1001", "x,y"),)), "member"),
    ],
)
def test_what_must_not_reach_a_pbx(value, code):
    """Left out, with the rest carried out; what the PBX has of it is left alone."""
    with pytest.raises(ActionError) as caught:
        value.check()
    assert caught.value.code == code
    assert SECRET not in str(caught.value)
    config = demonstration()
    made = bring(config, [*DEMONSTRATED, value])
    assert made.invalid == ((value, code),)
    assert made.changes == 0


def test_a_bad_value_takes_nothing_away():
    config = demonstration()
    bad = ExtensionWanted("1987", "short")
    bring(config, [bad, *(v for v in DEMONSTRATED if v.name != "1987")])
    assert held(config)[("extension", "1987")] == DEMONSTRATED[1]


def test_digests_tell_values_apart_and_need_the_salt():
    values = [
        *DEMONSTRATED,
        ExtensionWanted("1987", SECRET),
        TrunkWanted("carrier", "127.0.0.1", 5080),
        GroupWanted("group-1"),
        GroupWanted("group-1", members=(("1", "2"),)),
    ]
    assert len({provisioning.digest(value, "salt") for value in values}) == len(values)
    one = provisioning.digest(values[0], "salt")
    assert one == provisioning.digest(values[0], "salt")
    assert one != provisioning.digest(values[0], "other")


# -- what the PBX works with


def live(**changes):
    """Rows as a PBX gives them that works with what the demonstration says."""
    rows = {
        "endpoints": [
            {"ObjectName": "1986", "Transport": "transport-ws"},
            {"ObjectName": "1987", "Transport": "transport-udp"},
            {"ObjectName": "1988", "Transport": "transport-udp"},
        ],
        "auths": [
            {
                "ObjectName": f"{v.name}-iauth",
                "Username": v.name,
                "Password": v.secret,
            }
            for v in DEMONSTRATED[:3]
        ],
        "trunks": {
            "carrier": [
                {"Event": "EndpointDetail"},
                {"Event": "AorDetail", "Contacts": "carrier/sip:127.0.0.1:5080"},
                {
                    "Event": "AuthDetail",
                    "Username": "callcenter",
                    "Password": SECRET,
                },
                {"Event": "IdentifyDetail"},
            ]
        },
        "queues": [
            {"Event": "QueueParams", "Queue": "group-1", "Strategy": "rrmemory"},
            *(
                {
                    "Event": "QueueMember",
                    "Queue": "group-1",
                    "Location": f"PJSIP/{v.name}",
                    "Membership": "static",
                }
                for v in DEMONSTRATED[:3]
            ),
        ],
    }
    return Live(**{**rows, **changes})


def problems(rows, config=None):
    found = provisioning.held_sections(read(config or demonstration()))
    return {
        s.name: s.problem for s in provisioning.with_problems(found, rows) if s.problem
    }


def test_a_pbx_that_works_with_what_its_files_say():
    assert problems(live()) == {}


def test_extensions_that_were_refused_in_silence():
    rows = live()
    rows.endpoints[0]["Transport"] = "transport-udp"
    rows.auths[1]["Password"] = "the old one"
    rows.auths.pop(2)
    assert problems(rows) == {"1986": "phone", "1987": "secret", "1988": "missing"}


@pytest.mark.parametrize(
    ("number", "change", "problem"),
    [
        (0, None, "missing"),
        (3, None, "host"),
        (1, {"Contacts": "carrier/sip:old.example.com:5080"}, "host"),
        (2, {"Password": "the old one"}, "secret"),
        (2, None, "secret"),
    ],
)
def test_trunks_that_were_refused_in_silence(number, change, problem):
    rows = live()
    if change is None:
        rows.trunks["carrier"].pop(number)
    else:
        rows.trunks["carrier"][number].update(change)
    assert problems(rows) == {"carrier": problem}
    assert problems(live(trunks={})) == {"carrier": "missing"}


def test_queues_that_were_refused_in_silence():
    config = empty()
    bring(config, [GroupWanted("group-1", "ringall", (("1001", "7001"),))])
    params = {"Event": "QueueParams", "Queue": "group-1", "Strategy": "ringall"}
    member = {
        "Event": "QueueMember",
        "Queue": "group-1",
        "Location": "PJSIP/1001",
        "Membership": "static",
    }
    other = {**member, "Location": "PJSIP/1002"}
    signed_in = {**other, "Membership": "dynamic"}
    for rows, found in (
        ([params, member], {}),
        ([params, member, signed_in], {}),
        ([params, {**member, "Membership": "dynamic"}], {}),
        ([], {"group-1": "missing"}),
        ([{**params, "Strategy": "linear"}, member], {"group-1": "strategy"}),
        ([params], {"group-1": "members"}),
        ([params, member, other], {"group-1": "members"}),
    ):
        assert problems(live(queues=rows), config) == found


def test_what_still_works_though_no_file_has_it():
    config = demonstration()
    config.files[FIRST].pop()
    sections = provisioning.held_sections(read(config))
    assert provisioning.left_over(sections, live()) == ["1988"]
