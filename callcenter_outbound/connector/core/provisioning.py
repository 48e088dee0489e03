"""What a PBX must hold, what it holds, and the messages that make one of the other.

Extensions, trunks and groups are values here. Each is one section of a configuration
file that Odoo alone writes::

    odoo/pjsip_wizard_NNN.conf      extensions, a hundred a file, with a template
    odoo/pjsip_wizard_trunks.conf   trunks
    odoo/queues_NNN.conf            groups

The file is what the PBX starts from, the live objects are what it works with; a value
that Asterisk refuses in silence is in the first and not in the second. So both are read
back (:func:`parse_file`, :func:`problems`), and a section counts as held only if they
agree. The demonstration's files, which ``asterisk/configure.py`` writes, have this form
too.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .actions import (
    EXTENSION_NUMBER,
    MAX_HEADERS,
    MAX_LINE,
    QUEUE,
    TRUNK_NAME,
    Action,
    ActionError,
)

EXTENSION, TRUNK, GROUP = KINDS = ("extension", "trunk", "group")

#: Every message writes its whole file anew: small files stay quick.
EXTENSIONS_PER_FILE = 100
#: So that the answer with a file's content stays below the limit of a message.
QUEUE_LINES_PER_FILE = 5000
#: Their names have three digits.
MAX_FILES = 1000
#: Each removed extension holds up the reload, and with it all new calls, by 30 to 45 ms
REMOVED_PER_RELOAD = 25

TRUNKS_FILE = "odoo/pjsip_wizard_trunks.conf"
WIZARD_MODULE = "res_pjsip_config_wizard.so"
PJSIP_MODULE = "res_pjsip.so"

#: Printable, and nothing that a configuration file would take for its own.
EXTENSION_SECRET = re.compile(r"[A-Za-z0-9_.~+/=-]{12,64}", re.ASCII)
TRUNK_SECRET = re.compile(r"[!-\[\]-~]{1,128}", re.ASCII)
TRUNK_USER = re.compile(r"[A-Za-z0-9_.!~*'()&=+$-]{1,64}", re.ASCII)
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
MEMBER_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII)
#: Names of the templates in the files of extensions: no trunk may have one.
TEMPLATE_NAME = re.compile(r"w[0-9]+", re.ASCII)
#: Those that a queue can change to at a reload.
STRATEGIES = ("ringall", "leastrecent", "fewestcalls", "rrmemory", "random")
PHONES = ("softphone", "browser")

Lines = tuple[tuple[str, str], ...]

# With a transport named, audio too is bound to its address alone.
EXTENSION_TEMPLATE: Lines = (
    ("type", "wizard"),
    ("transport", "transport-udp"),
    ("accepts_auth", "yes"),
    ("accepts_registrations", "yes"),
    ("has_hint", "no"),
    ("endpoint/context", "phones"),
    ("endpoint/disallow", "all"),
    ("endpoint/allow", "ulaw,alaw,opus"),
    ("endpoint/direct_media", "no"),
    ("endpoint/allow_transfer", "no"),
    ("endpoint/rewrite_contact", "yes"),
    ("endpoint/rtp_symmetric", "yes"),
    ("aor/max_contacts", "1"),
    ("aor/remove_existing", "yes"),
    ("aor/qualify_frequency", "30"),
)
_BROWSER: Lines = (("endpoint/webrtc", "yes"), ("transport", "transport-ws"))
_TRANSPORTS = {"softphone": "transport-udp", "browser": "transport-ws"}
_TRUNK_CONSTANTS: Lines = (
    ("endpoint/context", "from-trunk"),
    ("endpoint/identify_by", "ip"),
    ("endpoint/disallow", "all"),
    ("endpoint/allow", "ulaw,alaw"),
    ("endpoint/direct_media", "no"),
    ("endpoint/allow_transfer", "no"),
    ("aor/qualify_frequency", "30"),
)
_QUEUE_CONSTANTS: Lines = (("timeout", "20"), ("retry", "1"), ("ringinuse", "no"))


def _require(pattern: re.Pattern, value: str, code: str, *, secret: bool = False):
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ActionError(code, "" if secret else repr(value)[:60])


@dataclass(frozen=True, slots=True)
class ExtensionWanted:
    """A SIP account. ``phone`` is one of :data:`PHONES`."""

    number: str
    secret: str = field(repr=False)
    phone: str = "softphone"

    kind = EXTENSION

    @property
    def name(self) -> str:
        """Return the section's name."""
        return self.number

    def check(self) -> None:
        """:raise ActionError: for a value that must not reach the PBX"""
        _require(EXTENSION_NUMBER, self.number, "extension")
        _require(EXTENSION_SECRET, self.secret, "secret", secret=True)
        if self.phone not in PHONES:
            raise ActionError("phone", repr(self.phone)[:60])

    def lines(self) -> Lines:
        """Return the lines below those of the template."""
        own = (
            ("inbound_auth/username", self.number),
            ("inbound_auth/password", self.secret),
            ("endpoint/callerid", f'"{self.number}" <{self.number}>'),
        )
        return own + (_BROWSER if self.phone == "browser" else ())

    def values(self) -> tuple[str, ...]:
        """Return what tells it from another extension."""
        return (self.number, self.secret, self.phone)


@dataclass(frozen=True, slots=True)
class TrunkWanted:
    """A way to a carrier; with no ``username`` the carrier knows us by our address."""

    name: str
    host: str
    port: int = 5060
    username: str = ""
    secret: str = field(default="", repr=False)
    registers: bool = False

    kind = TRUNK

    def check(self) -> None:
        """:raise ActionError: for a value that must not reach the PBX"""
        _require(TRUNK_NAME, self.name, "trunk")
        if TEMPLATE_NAME.fullmatch(self.name):
            raise ActionError("trunk", repr(self.name))
        _require(HOST, self.host, "host")
        if not 0 < self.port < 65536:
            raise ActionError("port", repr(self.port)[:60])
        if self.username:
            _require(TRUNK_USER, self.username, "username")
            _require(TRUNK_SECRET, self.secret, "secret", secret=True)
        elif self.registers:
            raise ActionError("username", "a trunk that registers needs one")

    def lines(self) -> Lines:
        """Return the lines of the section."""
        return (
            ("type", "wizard"),
            ("transport", "transport-udp"),
            ("remote_hosts", f"{self.host}:{self.port}"),
            ("sends_auth", "yes" if self.username else "no"),
            ("sends_registrations", "yes" if self.registers else "no"),
            *self._authentication(),
            *_TRUNK_CONSTANTS,
        )

    def _authentication(self) -> Lines:
        lines: Lines = ()
        if self.username:
            lines += (("outbound_auth/username", self.username),)
            lines += (("outbound_auth/password", self.secret),)
        if self.registers:
            lines += (("registration/contact_user", self.username),)
        return lines

    def values(self) -> tuple[str, ...]:
        """Return what tells it from another trunk."""
        secret = self.secret if self.username else ""
        registers = "1" if self.registers else "0"
        return (
            self.name,
            self.host,
            str(self.port),
            self.username,
            secret,
            registers,
        )


@dataclass(frozen=True, slots=True)
class GroupWanted:
    """A group of agents: a queue. ``members`` are (extension, agent)."""

    queue: str
    strategy: str = "rrmemory"
    members: tuple[tuple[str, str], ...] = ()

    kind = GROUP

    def __post_init__(self):
        """Put the members in order."""
        object.__setattr__(self, "members", tuple(sorted(self.members)))

    @property
    def name(self) -> str:
        """Return the section's name."""
        return self.queue

    def check(self) -> None:
        """:raise ActionError: for a value that must not reach the PBX"""
        _require(QUEUE, self.queue, "queue")
        if self.strategy not in STRATEGIES:
            raise ActionError("strategy", repr(self.strategy)[:60])
        for extension, name in self.members:
            _require(EXTENSION_NUMBER, extension, "extension")
            _require(MEMBER_NAME, name, "member")

    def lines(self) -> Lines:
        """Return the lines of the section; members are paused until they sign in."""
        members = (
            f"PJSIP/{extension},0,{name},PJSIP/{extension},,,yes"
            for extension, name in self.members
        )
        return (
            ("strategy", self.strategy),
            *_QUEUE_CONSTANTS,
            *(("member", member) for member in members),
        )

    def values(self) -> tuple[str, ...]:
        """Return what tells it from another group."""
        members = (f"{extension}:{name}" for extension, name in self.members)
        return (self.queue, self.strategy, ",".join(members))


Wanted = ExtensionWanted | TrunkWanted | GroupWanted


def from_values(kind: str, values: Sequence[str]) -> Wanted:
    """Return what was made of ``values()``; it is not checked.

    >>> trunk = TrunkWanted("carrier", "sip.example.com", 5080, "user", "secret", True)
    >>> from_values("trunk", trunk.values()) == trunk
    True
    """
    if kind == EXTENSION:
        return ExtensionWanted(*values)
    if kind == TRUNK:
        name, host, port, username, secret, registers = values
        return TrunkWanted(name, host, int(port), username, secret, registers == "1")
    queue, strategy, members = values
    pairs = (member.partition(":")[::2] for member in members.split(",") if member)
    return GroupWanted(queue, strategy, tuple(pairs))


def digest(wanted: Wanted, salt: str) -> str:
    """Return what tells a section from any other, without its secrets.

    A database can compute the same: SHA-256 of the salt, the kind and ``values()``, one
    a line.

    >>> digest(ExtensionWanted("1001", "s" * 16), "salt")[:16]
    '31f8955b23af553c'
    """
    return hash_of((wanted.kind, *wanted.values()), salt)


def hash_of(values: Iterable[str], salt: str) -> str:
    """Return the salted hash of some values."""
    return hashlib.sha256("\n".join((salt, *values)).encode()).hexdigest()


# -- what the PBX holds


@dataclass(frozen=True, slots=True)
class HeldSection:
    """A section of a file, with the lines of its template merged in."""

    name: str
    lines: Lines = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file of Odoo's, as the PBX read it."""

    name: str
    sections: tuple[HeldSection, ...] = ()
    templates: tuple[HeldSection, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionHeld:
    """One thing that the PBX holds.

    ``value`` is None for a section that Odoo never wrote like this; then ``raw`` tells
    it from others. ``problem`` is a code, empty when the PBX works with what its file
    says: missing (refused altogether, or not loaded), secret, phone, host, strategy,
    members (it works with other ones), left (removed from the file, still working) or
    invalid (Odoo's value must not reach the PBX).
    """

    kind: str
    name: str
    value: Wanted | None
    problem: str = ""
    raw: str = field(default="", repr=False)


def extension_file(number: int) -> str:
    """Return the name of the file of extensions of a number.

    >>> extension_file(3)
    'odoo/pjsip_wizard_003.conf'
    """
    return f"odoo/pjsip_wizard_{number:03d}.conf"


def queue_file(number: int) -> str:
    """Return the name of the file of queues of a number."""
    return f"odoo/queues_{number:03d}.conf"


def _template_of(file: str) -> str:
    """Return the name of a file's template: one of its own, all files are one to PJSIP.

    >>> _template_of("odoo/pjsip_wizard_012.conf")
    'w12'
    """
    return f"w{int(file.rpartition('_')[2].partition('.')[0])}"


def _kind_of_file(file: str) -> str:
    if file == TRUNKS_FILE:
        return TRUNK
    return GROUP if file.startswith("odoo/queues_") else EXTENSION


_CATEGORY = re.compile(r"Category-([0-9]+)", re.ASCII)
_LINE = re.compile(r"Line-([0-9]+)-[0-9]+", re.ASCII)
_TEMPLATE = re.compile(r"IsTemplate-([0-9]+)", re.ASCII)


def parse_file(name: str, answer: Mapping[str, str]) -> HeldFile:
    """Return what a ``GetConfig`` answered, its templates included."""
    names: dict[str, str] = {}
    lines: dict[str, list[tuple[str, str]]] = {}
    templates: set[str] = set()
    for header, value in answer.items():
        if match := _LINE.fullmatch(header):
            variable, __, content = value.partition("=")
            lines.setdefault(match[1], []).append((variable, content))
        elif match := _CATEGORY.fullmatch(header):
            names[match[1]] = value
        elif match := _TEMPLATE.fullmatch(header):
            templates.add(match[1])
    found = {
        key: HeldSection(section, tuple(lines.get(key, ())))
        for key, section in names.items()
    }
    return HeldFile(
        name,
        tuple(section for key, section in found.items() if key not in templates),
        tuple(section for key, section in found.items() if key in templates),
    )


def _normal(kind: str, lines: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Return lines as they count: of a setting the last, of members all."""
    normal: dict[str, object] = {}
    members = []
    for variable, value in lines:
        if kind == GROUP and variable == "member":
            members.append(value)
        else:
            normal[variable] = value
    if kind == GROUP:
        normal["member"] = tuple(sorted(members))
    return normal


def _all_lines(wanted: Wanted) -> Lines:
    if wanted.kind == EXTENSION:
        return EXTENSION_TEMPLATE + wanted.lines()
    return wanted.lines()


_MEMBER = re.compile(r"PJSIP/([0-9]+),0,([^,]*),PJSIP/\1,,,yes", re.ASCII)


def _read_extension(name: str, lines: Mapping[str, str]) -> ExtensionWanted:
    webrtc = lines.get("endpoint/webrtc") == "yes"
    phone = "browser" if webrtc else "softphone"
    return ExtensionWanted(name, lines.get("inbound_auth/password", ""), phone)


def _read_trunk(name: str, lines: Mapping[str, str]) -> TrunkWanted:
    host, __, port = lines.get("remote_hosts", "").rpartition(":")
    return TrunkWanted(
        name,
        host,
        int(port) if port.isdecimal() else 0,
        lines.get("outbound_auth/username", ""),
        lines.get("outbound_auth/password", ""),
        lines.get("sends_registrations") == "yes",
    )


def _read_group(name: str, lines: Mapping[str, object]) -> GroupWanted:
    found = map(_MEMBER.fullmatch, lines["member"])
    members = tuple((match[1], match[2]) for match in found if match)
    return GroupWanted(name, lines.get("strategy", ""), members)


_READERS = {EXTENSION: _read_extension, TRUNK: _read_trunk, GROUP: _read_group}


def recognize(kind: str, section: HeldSection) -> Wanted | None:
    """Return the value that a section was written from; None if by somebody else."""
    normal = _normal(kind, section.lines)
    value = _READERS[kind](section.name, normal)
    if _normal(kind, _all_lines(value)) != normal:
        return None
    return value


def _kind_of(file: HeldFile, section: HeldSection) -> str:
    kind = _kind_of_file(file.name)
    if kind == GROUP:
        return GROUP
    return EXTENSION if EXTENSION_NUMBER.fullmatch(section.name) else TRUNK


def held_sections(files: Iterable[HeldFile]) -> list[SectionHeld]:
    """Return what files hold, one of each kind and name, by file."""
    found: dict[tuple[str, str], SectionHeld] = {}
    for file in files:
        for section in file.sections:
            kind = _kind_of(file, section)
            value = recognize(kind, section)
            raw = ""
            if value is None:
                raw = "\n".join(f"{name}={content}" for name, content in section.lines)
            held = SectionHeld(kind, section.name, value, "", raw)
            found.setdefault((kind, section.name), held)
    return list(found.values())


# -- what the PBX works with


@dataclass(frozen=True, slots=True)
class Live:
    """Rows of the PBX's lists: what it works with.

    ``trunks`` has the rows of each trunk's ``PJSIPShowEndpoint``, none for a trunk that
    isn't there.
    """

    endpoints: Sequence[Mapping[str, str]] = ()
    auths: Sequence[Mapping[str, str]] = ()
    queues: Sequence[Mapping[str, str]] = ()
    trunks: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)


def with_problems(held: Iterable[SectionHeld], live: Live) -> list[SectionHeld]:
    """Return what the PBX holds, with the problem of each section that it refused."""
    endpoints = {row.get("ObjectName", ""): row for row in live.endpoints}
    auths = {row.get("ObjectName", ""): row for row in live.auths}
    queues = _live_queues(live.queues)
    result = []
    for section in held:
        value, problem = section.value, ""
        if isinstance(value, ExtensionWanted):
            problem = _problem_of_extension(
                value, endpoints.get(value.number), auths.get(f"{value.number}-iauth")
            )
        elif isinstance(value, TrunkWanted):
            problem = _problem_of_trunk(value, live.trunks.get(value.name, ()))
        elif isinstance(value, GroupWanted):
            problem = _problem_of_group(value, queues.get(value.queue))
        result.append(
            SectionHeld(section.kind, section.name, value, problem, section.raw)
        )
    return result


def left_over(held: Iterable[SectionHeld], live: Live) -> list[str]:
    """Return the extensions that the wizard made and no file of Odoo's has."""
    numbers = {section.name for section in held if section.kind == EXTENSION}
    found = []
    for row in live.auths:
        number, end, rest = row.get("ObjectName", "").rpartition("-iauth")
        if end and not rest and EXTENSION_NUMBER.fullmatch(number):
            found.append(number)
    return [number for number in found if number not in numbers]


def _problem_of_extension(
    value: ExtensionWanted,
    endpoint: Mapping[str, str] | None,
    auth: Mapping[str, str] | None,
) -> str:
    if endpoint is None or auth is None:
        return "missing"
    if (auth.get("Username"), auth.get("Password")) != (value.number, value.secret):
        return "secret"
    if endpoint.get("Transport") != _TRANSPORTS[value.phone]:
        return "phone"
    return ""


def _problem_of_trunk(value: TrunkWanted, rows: Sequence[Mapping[str, str]]) -> str:
    details = {row.get("Event", ""): row for row in rows}
    if "EndpointDetail" not in details or "AorDetail" not in details:
        return "missing"
    contact = f"{value.name}/sip:{value.host}:{value.port}"
    # without the second, the host's name could not be found
    if details["AorDetail"].get("Contacts") != contact or (
        "IdentifyDetail" not in details
    ):
        return "host"
    auth = details.get("AuthDetail", {})
    credentials = (auth.get("Username", ""), auth.get("Password", ""))
    if credentials != (value.username, value.secret if value.username else ""):
        return "secret"
    return ""


def _live_queues(rows: Iterable[Mapping[str, str]]):
    """Return strategy, members, and those of them who are no guests, of each queue."""
    queues: dict[str, tuple[str, set[str], set[str]]] = {}
    for row in rows:
        if row.get("Event") == "QueueParams":
            queues[row.get("Queue", "")] = (row.get("Strategy", ""), set(), set())
        elif row.get("Event") == "QueueMember":
            __, members, own = queues.get(row.get("Queue", ""), ("", set(), set()))
            extension = row.get("Location", "").removeprefix("PJSIP/")
            members.add(extension)
            if row.get("Membership") == "static":
                own.add(extension)
    return queues


def _problem_of_group(
    value: GroupWanted, queue: tuple[str, set[str], set[str]] | None
) -> str:
    if queue is None:
        return "missing"
    strategy, members, own = queue
    if strategy != value.strategy:
        return "strategy"
    wanted = {extension for extension, __ in value.members}
    if own - wanted or wanted - members:
        return "members"
    return ""


# -- from one to the other


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a reload. They are carried out one after the other.

    ``changes`` is how many of the plan's changes are written with it; ``slow`` means
    that its answer comes when the PBX has done the work.
    """

    action: Action
    changes: int = 0
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a PBX comes to hold what it must.

    ``invalid`` are (wanted, code) of those that must not reach it.
    """

    steps: tuple[Step, ...]
    changes: int
    invalid: tuple[tuple[Wanted, str], ...] = ()


# One entry of an UpdateConfig: action, section, further headers
_Entry = tuple[str, str, tuple[tuple[str, str], ...]]
_OF_TEMPLATES = ("Options", 'catfilter="TEMPLATES=include"')


def _written(name: str, lines: Lines, *options: tuple[str, str]) -> list[_Entry]:
    entries: list[_Entry] = [("NewCat", name, options)]
    for variable, value in lines:
        entries.append(("Append", name, (("Var", variable), ("Value", value))))
    return entries


def _removed(name: str) -> list[_Entry]:
    return [("DelCat", name, ())]


class _FileChanges:
    """What changes in one file."""

    def __init__(self, name: str, held: HeldFile | None):
        self.name = name
        self.held = held
        self.kind = _kind_of_file(name)
        #: groups of entries that belong together, with the changes that each makes
        self.first: list[tuple[list[_Entry], int]] = []
        self.removals: list[list[_Entry]] = []
        self.size = 0

    def keep(self, lines: int) -> None:
        self.size += self._weight(lines)

    def _weight(self, lines: int) -> int:
        return lines if self.kind == GROUP else 1

    def has_room(self, lines: int) -> bool:
        limits = {EXTENSION: EXTENSIONS_PER_FILE, GROUP: QUEUE_LINES_PER_FILE}
        limit = limits.get(self.kind)
        return not limit or not self.size or self.size + self._weight(lines) <= limit

    def put(self, wanted: Wanted, *, replace: bool) -> None:
        options = ()
        if self.kind == EXTENSION:
            options = (("Options", f"inherit={_template_of(self.name)}"),)
        entries = _removed(wanted.name) if replace else []
        entries += _written(wanted.name, wanted.lines(), *options)
        self.first.append((entries, 1))
        self.keep(len(wanted.lines()))

    def remove(self, name: str) -> None:
        self.removals.append(_removed(name))

    def make_way(self, name: str) -> None:
        """Remove a section that has its place elsewhere."""
        self.first.insert(0, (_removed(name), 0))

    def repaired_template(self) -> list[tuple[list[_Entry], int]]:
        """Return what makes the file's template right, before sections inherit it."""
        if self.kind != EXTENSION or not self.first:
            return []
        name = _template_of(self.name)
        held = {s.name: s for s in self.held.templates} if self.held else {}
        if name in held:
            if _normal(EXTENSION, held[name].lines) == dict(EXTENSION_TEMPLATE):
                return []
            entries: list[_Entry] = [("EmptyCat", name, (_OF_TEMPLATES,))]
        else:
            entries = [("NewCat", name, (("Options", "template"),))]
        for variable, value in EXTENSION_TEMPLATE:
            more = (("Var", variable), ("Value", value), _OF_TEMPLATES)
            entries.append(("Append", name, more))
        return [(entries, 0)]


def _messages(file: str, groups: Iterable[tuple[list[_Entry], int]]) -> list[Step]:
    """Pack entries into as few messages as they fit; a group stays in one if it can."""
    steps: list[Step] = []
    headers: list[tuple[str, str]] = []
    number = changes = 0

    def flush() -> None:
        nonlocal headers, number, changes
        if headers:
            names = (("SrcFilename", file), ("DstFilename", file))
            action = Action("UpdateConfig", (*names, *headers))
            steps.append(Step(action, changes))
        headers, number, changes = [], 0, 0

    room = MAX_HEADERS - 2
    for entries, count in groups:
        needed = sum(2 + len(more) for __, __, more in entries)
        if len(headers) + needed > room:
            flush()
        for action, section, more in entries:
            if len(headers) + 2 + len(more) > room:
                flush()
            pairs = (("Action", action), ("Cat", section), *more)
            headers += [(f"{name}-{number:06d}", value) for name, value in pairs]
            number += 1
        changes += count
    flush()
    return steps


def get_config(file: str) -> Action:
    """Build the question for a file's sections, templates included."""
    return Action("GetConfig", (("Filename", file), ("Filter", "TEMPLATES=include")))


def create_config(file: str) -> Action:
    """Build the making of an empty file."""
    return Action("CreateConfig", (("Filename", file),))


def reload_wizard() -> Action:
    """Build the order to take up extensions and trunks."""
    return Action("Reload", (("Module", WIZARD_MODULE),))


def reload_pjsip() -> Action:
    """Build the order to look after the carriers of trunks that were taken up.

    Asterisk asks the address of a trunk whether it is there only if it was told of it
    at its start, or by this.
    """
    return Action("Reload", (("Module", PJSIP_MODULE),))


def reload_queues() -> Action:
    """Build the order to take up queues."""
    return Action(
        "QueueReload", (("Members", "yes"), ("Parameters", "yes"), ("Rules", "yes"))
    )


def checked(wanted: Iterable[Wanted]):
    """Part what may reach a PBX from what must not.

    :return: list of the good, list of (bad, code)
    """
    good: list[Wanted] = []
    bad: list[tuple[Wanted, str]] = []
    for value in wanted:
        try:
            value.check()
            if any(len(f"{n}={v}".encode()) > MAX_LINE - 40 for n, v in value.lines()):
                raise ActionError("length")
        except ActionError as error:
            bad.append((value, error.code))
        else:
            good.append(value)
    return good, bad


def plan(wanted: Iterable[Wanted], files: Iterable[HeldFile]) -> Plan:
    """Return what makes a PBX hold what is wanted, and nothing else.

    A section stays in the file that it is in. What must not reach the PBX is left out,
    and what the PBX holds of it is left as it is.

    :param files: those of Odoo's that exist
    """
    good, bad = checked(wanted)
    files = {file.name: file for file in files}
    missing = {(value.kind, value.name): value for value in good}
    placed = set(missing)
    spared = {(value.kind, value.name) for value, __ in bad}
    changed = {name: _FileChanges(name, file) for name, file in files.items()}
    for file in files.values():
        target = changed[file.name]
        for section in file.sections:
            key = (_kind_of(file, section), section.name)
            value = missing.pop(key, None) if key[0] == target.kind else None
            if value is None and key in placed:
                target.make_way(section.name)
            elif value is None and key not in spared:
                target.remove(section.name)
            elif value is None or recognize(key[0], section) == value:
                target.keep(len(section.lines))
            else:
                target.put(value, replace=True)
    for value in missing.values():
        _place(value, changed).put(value, replace=False)
    queues = any(isinstance(value, GroupWanted) for value in good)
    return _in_rounds(changed, bad, queues)


def _place(value: Wanted, changed: dict[str, _FileChanges]) -> _FileChanges:
    """Return the first file that has room for a new section."""
    names = {EXTENSION: extension_file, GROUP: queue_file}
    number = 0
    while True:
        name = names[value.kind](number) if value.kind in names else TRUNKS_FILE
        file = changed.setdefault(name, _FileChanges(name, None))
        if file.has_room(len(value.lines())):
            return file
        number += 1


def _in_rounds(
    changed: dict[str, _FileChanges],
    bad: list[tuple[Wanted, str]],
    queues: bool,
) -> Plan:
    """Return the steps: all that comes first, then what goes, a few at a time."""
    steps: list[Step] = []
    removals = []
    for name, file in sorted(changed.items()):
        groups = file.repaired_template() + file.first
        if file.held is None and groups:
            steps.append(Step(create_config(name)))
        queues |= file.kind == GROUP and bool(groups or file.removals)
        if file.kind == GROUP:
            groups = [*((entries, 1) for entries in file.removals), *groups]
        else:
            removals += [(name, entries) for entries in file.removals]
        steps += _messages(name, groups)
    for start in range(0, max(len(removals), 1), REMOVED_PER_RELOAD):
        some = removals[start : start + REMOVED_PER_RELOAD]
        for name in sorted({name for name, __ in some}):
            steps += _messages(name, [(e, 1) for file, e in some if file == name])
        steps.append(Step(reload_wizard(), slow=True))
    if TRUNKS_FILE in changed and changed[TRUNKS_FILE].first:
        steps.append(Step(reload_pjsip(), slow=True))
    if queues:
        steps.append(Step(reload_queues(), slow=True))
    return Plan(tuple(steps), sum(step.changes for step in steps), tuple(bad))
