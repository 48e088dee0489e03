from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class EventClock:
    """Turns the PBX's clock into Odoo's.

    ``offset`` is Odoo's clock less the PBX's, in seconds.
    """

    offset: float = 0.0

    def to_datetime(self, at):
        """:param at: unix seconds of the PBX's clock, or None
        :return: naive UTC of Odoo's clock, or False
        """
        if at is None:
            return False
        return datetime.fromtimestamp(at + self.offset, UTC).replace(tzinfo=None)


def from_outside(value):
    """Read a moment that came over RPC.

    :param value: Odoo's form or ISO 8601, with a space or ``T``, without offset (UTC)
        or with one, or ``Z``; or a datetime
    :return: naive UTC, to the second
    :raise ValueError: when it is no moment
    """
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if moment.tzinfo:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (TypeError, OverflowError) as error:
        raise ValueError(value) from error
    return moment.replace(microsecond=0)


def to_iso(value):
    """:return: naive UTC ``value`` as ISO 8601 with milliseconds and Z, or False"""
    return bool(value) and value.isoformat(timespec="milliseconds") + "Z"
