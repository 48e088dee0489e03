"""What became of the open calls while nobody listened.

Three witnesses: the calls that Odoo holds for open, the channels that live on the PBX,
and the call records in astdb. The channels must have been read *before* the records: a
call that ends between the two then shows by its record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .calls import CallTracker, Channel
from .events import CallEvent
from .records import CallRecord
from .values import OpenCall

#: a record that belongs to no open call is left alone this long (seconds): it may be
#: another database's
FOREIGN_AGE = 24 * 3600.0


@dataclass(slots=True)
class Outcome:
    """What a reconciliation found."""

    events: list[CallEvent] = field(default_factory=list)
    #: calls that were sent, but of which the PBX has no trace: look again a little
    #: later, an action may still stand in a buffer
    doubtful: list[str] = field(default_factory=list)


def reconcile(
    tracker: CallTracker,
    open_calls: Iterable[OpenCall],
    channels: Iterable[Channel],
    records: Mapping[str, CallRecord],
    seen_at: float,
    now: float,
    final: bool = True,
) -> Outcome:
    """Adopt the calls that live, close those that ended.

    :param seen_at: the PBX's clock when the link was last known to be up; 0 if it
        never was. The best that can be said of when a lost call ended.
    :param now: the PBX's clock, for calls of which no time is known at all
    :param final: close a doubtful call instead of naming it
    """
    outcome = Outcome()
    legs: dict[str, list[Channel]] = {}
    for channel in channels:
        legs.setdefault(channel.linkedid or channel.uniqueid, []).append(channel)
        if channel.linkedid and channel.uniqueid != channel.linkedid:
            # the agent's leg after a merge of linked ids
            legs.setdefault(channel.uniqueid, []).append(channel)
    for call in open_calls:
        key = call.call_key
        record = records.get(key)
        at = seen_at or (record.at if record is not None else 0.0) or now
        if record is not None and record.state == "end":
            outcome.events += tracker.close(key, record, at, "lost")
        elif key in legs:
            outcome.events += tracker.adopt(key, legs[key], record)
        elif call.command_state == "pending":
            # not sent yet; its command is claimed or abandoned like any other
            continue
        elif record is not None and record.state in ("dial", "answer"):
            # Asterisk was killed in this call
            outcome.events += tracker.close(key, record, at, "lost")
        elif not final:
            outcome.doubtful.append(key)
            tracker.expect(key)
        elif record is None and call.command_state in ("sent", "failed"):
            outcome.events += tracker.close(key, None, at, "not_sent")
        else:
            outcome.events += tracker.close(key, record, at, "lost")
    return outcome


def stale_records(
    records: Mapping[str, CallRecord],
    live: Iterable[str],
    channels: Iterable[Channel],
    done: Iterable[str],
    now: float,
) -> list[str]:
    """Return the keys of records that nobody needs any more.

    :param live: keys of calls that Odoo holds for open
    :param done: keys of calls whose end this connector has seen committed
    :param now: the PBX's clock
    """
    live = set(live)
    done = set(done)
    talking = {c.uniqueid for c in channels} | {c.linkedid for c in channels}
    return [
        key
        for key, record in records.items()
        if key not in live
        and (record.state == "end" or key not in talking)
        and (key in done or now - record.at > FOREIGN_AGE)
    ]
