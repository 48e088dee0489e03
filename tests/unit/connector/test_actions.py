"""What is sent to a PBX, and what never is."""

import pytest

from connector.core import actions
from connector.core.actions import Action, ActionError

KEY = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
GOOD = {
    "call_key": KEY,
    "extension": "1986",
    "number": "862155001005",
    "trunk": "carrier",
    "caller_id": '"Outbound" <02112345678>',
}


def test_originate():
    action = actions.originate(
        **GOOD, agent_timeout=15, dial_timeout=30, record=False, auto_answer=True
    )
    assert action.encode("a1").decode().split("\r\n") == [
        "Action: Originate",
        "ActionID: a1",
        "Channel: PJSIP/1986",
        "Context: outbound",
        "Exten: 862155001005",
        "Priority: 1",
        "Timeout: 15000",
        "Async: true",
        f"ChannelId: {KEY}",
        f"Variable: __CALLUUID={KEY}",
        "Variable: DIALTIME=30",
        "Variable: __REC=0",
        "Variable: __TRUNK=carrier",
        'CallerID: "Outbound" <02112345678>',
        "Variable: PJSIP_HEADER(add,Call-Info)=<sip:pbx>;answer-after=0",
        "Variable: PJSIP_HEADER(add,Alert-Info)=<http://pbx>;info=alert-autoanswer",
        "",
        "",
    ]


HOSTILE = [
    "1\r\nAction: Command",
    "1\n",
    "1\r",
    "1\0",
    "1,2",
    "1&PJSIP/1987",
    "1;2",
    "1[2",
    "1]2",
    "1)2",
    "1(2",
    "${X}",
    "1|2",
    "1=2",
    "1/2",
    "*21*10086#",
    "1@2",
    "1 2",
    "１２３",
    "",
    "1" * 60,
    None,
    False,
    12,
]


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
@pytest.mark.parametrize("name", ["extension", "number", "trunk", "call_key"])
def test_hostile_values(name, value):
    """Every value from a record is checked for what it may be."""
    with pytest.raises(ActionError) as error:
        actions.originate(**{**GOOD, name: value})
    assert error.value.code == name


@pytest.mark.parametrize("value", [v for v in HOSTILE if v and v != "1" * 60], ids=repr)
def test_hostile_caller_id(value):
    for caller_id in (value, f'"{value}" <021>', f'"Outbound" <{value}>'):
        if caller_id in ('"1 2" <021>', '"１２３" <021>', '"12" <021>'):
            continue  # fine as a name
        if caller_id == '"Outbound" <12>':
            continue  # fine as a number
        with pytest.raises(ActionError) as error:
            actions.originate(**{**GOOD, "caller_id": caller_id})
        assert error.value.code == "caller_id"


@pytest.mark.parametrize("value", [0, -1, 601, "5", None, True, float("nan")], ids=repr)
def test_seconds(value):
    with pytest.raises(ActionError) as error:
        actions.originate(**GOOD, dial_timeout=value)
    assert error.value.code == "seconds"


@pytest.mark.parametrize("number", ["+8621", "110", "862155001005"])
def test_numbers_that_may_be_dialled(number):
    assert actions.check_number(number) == number


@pytest.mark.parametrize("trunk", ["carrier", "carrier_2", "a-b", "2nd"])
def test_trunk_names(trunk):
    assert actions.check_trunk(trunk) == trunk


def test_no_trunk_is_taken_for_an_extension():
    with pytest.raises(ActionError):
        actions.check_trunk("1986")


@pytest.mark.parametrize("break_", ["\r", "\n", "\r\n", "\0"], ids=repr)
def test_line_breaks_anywhere(break_):
    """Whatever builds an action: no header, no value, no name starts a new line."""
    for name, headers in (
        (f"Ping{break_}", ()),
        ("Ping", ((f"Channel{break_}", "x"),)),
        ("Ping", (("Channel", f"x{break_}Action: Command"),)),
        ("Ping", (("Channel", f"x{break_}"),)),
    ):
        with pytest.raises(ActionError):
            Action(name, headers).encode("1")
    with pytest.raises(ActionError):
        actions.hangup(f"PJSIP/1{break_}")
    with pytest.raises(ActionError):
        actions.login("odoo", f"secret{break_}")


def test_limits():
    with pytest.raises(ActionError):
        Action("UpdateConfig", (("Var-000000", "x"),) * 127)
    with pytest.raises(ActionError):
        Action("UpdateConfig", (("Value-000000", "中" * 330),))
    with pytest.raises(ActionError):
        Action("Ping", (("X", "\udc80"),)).encode("1")


def test_secrets_are_not_shown():
    assert "hunter2" not in repr(actions.login("odoo", "hunter2"))


@pytest.mark.parametrize("name", ["../etc", "a/b", "..", ".a", "a\n", "", None, "a b"])
def test_stored_names(name):
    with pytest.raises(ActionError):
        actions.check_stored_name(name)
