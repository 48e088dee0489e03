"""Who takes calls of which queue: what Odoo knows against what the PBX does.

Members of a queue are paused in its file; the connector lets them take calls when they
sign in, and says so again after the PBX was started or took up its queues anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import actions
from .actions import QUEUE, Action


@dataclass(frozen=True, slots=True)
class Member:
    """An agent signed in to a group that takes calls."""

    queue: str
    extension: str
    paused: bool = False


def differences(
    rows: Iterable[Mapping[str, str]], signed_in: Iterable[Member]
) -> list[Action]:
    """Return what makes the queues have those who are signed in, and no others.

    :param rows: of ``QueueStatus``

    >>> row = {"Event": "QueueMember", "Queue": "group-1", "Location": "PJSIP/1001"}
    >>> row |= {"Membership": "static", "Paused": "1"}
    >>> [a.name for a in differences([row], [Member("group-1", "1001")])]
    ['QueuePause']
    >>> differences([{**row, "Paused": "0"}], [Member("group-1", "1001")])
    []
    """
    found = {}
    queues = set()
    for row in rows:
        queue = row.get("Queue", "")
        if not QUEUE.fullmatch(queue):
            continue
        queues.add(queue)
        if row.get("Event") == "QueueMember":
            extension = row.get("Location", "").removeprefix("PJSIP/")
            dynamic = row.get("Membership") == "dynamic"
            found[queue, extension] = (row.get("Paused") == "1", dynamic)
    todo = []
    wanted = {(m.queue, m.extension): m.paused for m in signed_in if m.queue in queues}
    for (queue, extension), paused in wanted.items():
        if (queue, extension) not in found:
            todo.append(actions.queue_add(queue, extension, paused))
        elif found[queue, extension][0] != paused:
            todo.append(actions.queue_pause(extension, paused, queue))
    for (queue, extension), (paused, dynamic) in found.items():
        if (queue, extension) in wanted:
            continue
        if dynamic:
            todo.append(actions.queue_remove(queue, extension))
        elif not paused:
            todo.append(actions.queue_pause(extension, True, queue))
    return todo
