"""How long to wait before the next try."""


class Backoff:
    """Doubling delays, in seconds, between a first and a longest.

    No random part: a PBX has one leader, so that no herd can form.

    >>> delays = Backoff(first=0.5, longest=3.0)
    >>> [delays.next() for _ in range(5)]
    [0.5, 1.0, 2.0, 3.0, 3.0]
    >>> delays.reset()
    >>> delays.next()
    0.5
    """

    def __init__(self, first: float = 0.5, longest: float = 15.0):
        self.first = first
        self.longest = longest
        self._next = first

    def next(self) -> float:
        """Return the seconds to wait now."""
        delay = self._next
        self._next = min(self.longest, delay * 2)
        return delay

    def reset(self) -> None:
        """Start again with the first delay (after a success)."""
        self._next = self.first
