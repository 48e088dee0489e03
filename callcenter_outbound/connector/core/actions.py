"""AMI actions as values, and the one place where hostile values are turned away.

AMI is a protocol of lines: a line break in a value starts a new header, an empty line a
new action. Asterisk's dial strings have their own special characters (``&`` calls a
second phone, ``,`` starts options). So each value that comes from a record is checked
against what it may be, rather than for what it may not.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

#: digits alone: with ``*`` and ``#`` a carrier could be told to forward calls
DIAL_STRING = re.compile(r"[+]?[0-9]{1,31}", re.ASCII)
EXTENSION_NUMBER = re.compile(r"[0-9]{2,20}", re.ASCII)
#: at least one character that isn't a digit: a trunk is never taken for an extension
TRUNK_NAME = re.compile(r"(?=[0-9]*[A-Za-z_-])[A-Za-z0-9_-]{1,40}", re.ASCII)
#: a group's queue
QUEUE = re.compile(r"group-[0-9]{1,12}", re.ASCII)
CALLER_NAME = re.compile(r"[\w .'-]{1,60}")
_CALLER_ID = re.compile(r'"(?P<name>[^"]*)" <(?P<number>[^<>]*)>')
_BREAK = re.compile("[\\r\\n\\0]")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.@:+-]{1,120}", re.ASCII)
_STORED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,80}", re.ASCII)

# Asterisk's own limits are 128 headers with Action and ActionID, and 1,024 bytes a
# line with its end.
MAX_HEADERS = 126
MAX_LINE = 1000


class ActionError(ValueError):
    """A value that must not reach the PBX.

    ``code``: line_break, header, length, kind, number, extension, trunk, caller_id,
    call_key, channel, recording, seconds, queue; those of
    :mod:`.provisioning` too: secret, phone, host, port, username, strategy, member.
    """

    def __init__(self, code: str, detail: str = ""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Action:
    """An AMI action: a name and its headers in order; a header may come twice.

    >>> Action("Hangup", (("Channel", "PJSIP/1001-1\\r\\nAction: Command"),))
    Traceback (most recent call last):
        ...
    connector.core.actions.ActionError: line_break: Channel
    """

    name: str
    #: not in ``repr``: they may hold a secret or a phone number
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __post_init__(self):
        """Refuse what would not be one action."""
        if len(self.headers) > MAX_HEADERS:
            raise ActionError("length", f"{len(self.headers)} headers")
        for name, value in (("Action", self.name), *self.headers):
            if not _HEADER_NAME.fullmatch(name):
                raise ActionError("header", repr(name[:40]))
            if not isinstance(value, str):
                raise ActionError("header", f"{name} is no text")
            if _BREAK.search(value):
                raise ActionError("line_break", name)
            if len(f"{name}: {value}".encode("utf-8", "surrogatepass")) > MAX_LINE:
                raise ActionError("length", name)

    def encode(self, action_id: str) -> bytes:
        """Return the bytes of the action, ended by an empty line.

        :raise ActionError: when a value is no valid UTF-8
        """
        if not re.fullmatch(r"[A-Za-z0-9/_-]{1,60}", action_id):
            raise ActionError("header", "ActionID")
        lines = [f"Action: {self.name}", f"ActionID: {action_id}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        try:
            return ("\r\n".join(lines) + "\r\n\r\n").encode()
        except UnicodeEncodeError as error:
            raise ActionError("header", "not UTF-8") from error

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a header."""
        return next((v for n, v in self.headers if n == name), default)


def _check(pattern: re.Pattern, value: object, code: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ActionError(code, repr(value)[:60])
    return value


def check_number(value: str) -> str:
    """Return a dial string that is safe to dial.

    >>> check_number("+8621550000")
    '+8621550000'
    >>> check_number("10086&PJSIP/1001")
    Traceback (most recent call last):
        ...
    connector.core.actions.ActionError: number: '10086&PJSIP/1001'
    """
    return _check(DIAL_STRING, value, "number")


def mask(number: object) -> str:
    """Return a phone number as it may stand in a log.

    >>> mask("862155001005"), mask("110"), mask(None)
    ('862…05', '…', '…')
    """
    text = str(number or "")
    return f"{text[:3]}…{text[-2:]}" if len(text) > 6 else "…"


def check_extension(value: str) -> str:
    """Return an extension's number (digits)."""
    return _check(EXTENSION_NUMBER, value, "extension")


def check_trunk(value: str) -> str:
    """Return a trunk's section name."""
    return _check(TRUNK_NAME, value, "trunk")


def check_call_key(value: str) -> str:
    """Return a call key: a UUID in its usual form, in small letters."""
    with suppress(ValueError, TypeError, AttributeError):
        if str(UUID(value)) == value:
            return value
    raise ActionError("call_key", repr(value)[:60])


def check_caller_id(value: str) -> str:
    """Return a caller id as AMI takes it: empty, a number, or ``"Name" <number>``.

    >>> check_caller_id("02112345678")
    '<02112345678>'
    >>> check_caller_id('"Outbound 1" <02112345678>')
    '"Outbound 1" <02112345678>'
    >>> check_caller_id('"a;b" <1>')
    Traceback (most recent call last):
        ...
    connector.core.actions.ActionError: caller_id: '"a;b" <1>'
    """
    if value in ("", False, None):
        return ""
    if isinstance(value, str):
        if DIAL_STRING.fullmatch(value):
            return f"<{value}>"
        match = _CALLER_ID.fullmatch(value)
        if (
            match
            and CALLER_NAME.fullmatch(match["name"])
            and DIAL_STRING.fullmatch(match["number"])
        ):
            return value
    raise ActionError("caller_id", repr(value)[:60])


def check_stored_name(value: str) -> str:
    """Return the name of a stored recording that is safe in a path."""
    if isinstance(value, str) and ".." in value:
        raise ActionError("recording", repr(value)[:60])
    return _check(_STORED_NAME, value, "recording")


def _seconds(value: object, longest: int = 600) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ActionError("seconds", repr(value)[:60])
    if not 1 <= value <= longest:
        raise ActionError("seconds", repr(value)[:60])
    return int(value)


# Phones disagree on the header that makes them answer by themselves: send both.
_AUTO_ANSWER = (
    ("Variable", "PJSIP_HEADER(add,Call-Info)=<sip:pbx>;answer-after=0"),
    ("Variable", "PJSIP_HEADER(add,Alert-Info)=<http://pbx>;info=alert-autoanswer"),
)


def originate(
    call_key: str,
    extension: str,
    number: str,
    trunk: str,
    caller_id: str = "",
    agent_timeout: float = 20,
    dial_timeout: float = 40,
    record: bool = True,
    auto_answer: bool = False,
) -> Action:
    """Build the call of an agent to a customer, the agent's phone first.

    :param call_key: becomes the agent's channel id and the call's linked id
    :param agent_timeout: seconds that the agent's phone may ring
    :param dial_timeout: seconds that the customer's phone may ring
    :raise ActionError: for a value that must not reach the PBX
    """
    check_call_key(call_key)
    headers = [
        ("Channel", f"PJSIP/{check_extension(extension)}"),
        ("Context", "outbound"),
        ("Exten", check_number(number)),
        ("Priority", "1"),
        ("Timeout", str(_seconds(agent_timeout) * 1000)),
        ("Async", "true"),
        ("ChannelId", call_key),
        ("Variable", f"__CALLUUID={call_key}"),
        ("Variable", f"DIALTIME={_seconds(dial_timeout)}"),
        ("Variable", f"__REC={1 if record else 0}"),
        ("Variable", f"__TRUNK={check_trunk(trunk)}"),
    ]
    shown = check_caller_id(caller_id)
    if shown:
        headers.append(("CallerID", shown))
    if auto_answer:
        headers += _AUTO_ANSWER
    return Action("Originate", tuple(headers))


def echo_call(
    call_key: str,
    extension: str,
    agent_timeout: float = 20,
    auto_answer: bool = False,
) -> Action:
    """Build a test call: the phone is called and hears itself."""
    headers = [
        ("Channel", f"PJSIP/{check_extension(extension)}"),
        ("Context", "echo"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", str(_seconds(agent_timeout) * 1000)),
        ("Async", "true"),
        ("ChannelId", check_call_key(call_key)),
        ("CallerID", '"Echo" <600>'),
    ]
    if auto_answer:
        headers += _AUTO_ANSWER
    return Action("Originate", tuple(headers))


def hangup(channel: str, cause: int = 16) -> Action:
    """Build the end of a channel, by its exact name."""
    return Action(
        "Hangup",
        (("Channel", _check(_CHANNEL_NAME, channel, "channel")), ("Cause", f"{cause}")),
    )


def login(user: str, secret: str) -> Action:
    """Build the log-in."""
    return Action("Login", (("Username", user), ("Secret", secret), ("Events", "on")))


def ping() -> Action:
    """Build a ping; the answer carries the PBX's clock."""
    return Action("Ping")


def core_settings() -> Action:
    """Build the question for the versions."""
    return Action("CoreSettings")


def core_show_channels() -> Action:
    """Build the question for all channels (complete: CoreShowChannelsComplete)."""
    return Action("CoreShowChannels")


def pjsip_show_contacts() -> Action:
    """Build the question for all contacts (complete: ContactListComplete)."""
    return Action("PJSIPShowContacts")


def pjsip_qualify(extension: str) -> Action:
    """Build the order to ask a phone now whether it is there."""
    return Action("PJSIPQualify", (("Endpoint", check_extension(extension)),))


def pjsip_show_endpoints() -> Action:
    """Build the question for all endpoints (complete: EndpointListComplete)."""
    return Action("PJSIPShowEndpoints")


def pjsip_show_auths() -> Action:
    """Build the question for all log-ins (complete: AuthListComplete)."""
    return Action("PJSIPShowAuths")


def pjsip_show_trunk(trunk: str) -> Action:
    """Build the question for one trunk (complete: EndpointDetailComplete)."""
    return Action("PJSIPShowEndpoint", (("Endpoint", check_trunk(trunk)),))


def pjsip_qualify_trunk(trunk: str) -> Action:
    """Build the order to ask a carrier now whether it is there."""
    return Action("PJSIPQualify", (("Endpoint", check_trunk(trunk)),))


def pjsip_show_registrations() -> Action:
    """Build the question for all registrations with carriers.

    Complete: OutboundRegistrationDetailComplete.
    """
    return Action("PJSIPShowRegistrationsOutbound")


def pjsip_register(trunk: str) -> Action:
    """Build the order to register with a carrier now."""
    return Action("PJSIPRegister", (("Registration", f"{check_trunk(trunk)}-reg-0"),))


def queue_status() -> Action:
    """Build the question for queues and members (complete: QueueStatusComplete)."""
    return Action("QueueStatus")


def _member(queue: str, extension: str) -> tuple[tuple[str, str], ...]:
    interface = ("Interface", f"PJSIP/{check_extension(extension)}")
    return (("Queue", _check(QUEUE, queue, "queue")), interface)


def queue_pause(extension: str, paused: bool, queue: str) -> Action:
    """Build the pause of a queue's member, or the end of it."""
    state = ("Paused", "true" if paused else "false")
    return Action("QueuePause", (*_member(queue, extension), state))


def queue_add(queue: str, extension: str, paused: bool = False) -> Action:
    """Build a member that the queue's file does not have."""
    state = ("Paused", "true" if paused else "false")
    return Action("QueueAdd", (*_member(queue, extension), state))


def queue_remove(queue: str, extension: str) -> Action:
    """Build the end of a member that the queue's file does not have."""
    return Action("QueueRemove", _member(queue, extension))


# The call record, see records.py
FAMILY = "calls"


def db_put(call_key: str, value: str) -> Action:
    """Build the writing of a call record."""
    return Action(
        "DBPut",
        (("Family", FAMILY), ("Key", check_call_key(call_key)), ("Val", value)),
    )


def db_get_tree() -> Action:
    """Build the question for all call records (complete: DBGetTreeComplete)."""
    return Action("DBGetTree", (("Family", FAMILY),))


def db_del(key: str) -> Action:
    """Build the removal of a call record, by its bare key."""
    return Action(
        "DBDel", (("Family", FAMILY), ("Key", _check(_STORED_NAME, key, "call_key")))
    )
