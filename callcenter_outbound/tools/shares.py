"""Shares in percent, made whole by the method of the largest remainder."""

#: What shares are counted in: hundredths of a percent.
PARTS = 100
WHOLE = 100 * PARTS


def to_parts(percent):
    """``percent`` in hundredths of a percent, so that sums are exact.

    >>> to_parts(33.33), to_parts(0.1) + to_parts(0.2)
    (3333, 30)
    """
    return round(percent * PARTS)


def share_out(total, percents):
    """Whole numbers for shares in percent of ``total``.

    What the shares leave of 100 % is a share too, which nobody gets. Each number is
    off by less than one; the largest remainders are rounded up, of equal ones the
    first.

    :param total: how many there are
    :param percents: list of shares, none below 0
    :return: list of how many for each share, and how many stay
    :raise ValueError: when a share is below 0, or they are more than 100 together

    >>> share_out(41, [60, 40])
    ([25, 16], 0)
    >>> share_out(10, [33.34, 33.33, 33.33])
    ([4, 3, 3], 0)
    >>> share_out(5, [50])
    ([3], 2)
    """
    parts = [to_parts(percent) for percent in percents]
    left = WHOLE - sum(parts)
    if left < 0 or any(part < 0 for part in parts):
        raise ValueError("shares are 0 to 100 %, and so is their sum")
    *given, stay = _largest_remainder(total, [*parts, left])
    return given, stay


def even_shares(count):
    """Shares in percent, as equal as can be, of 100 together.

    >>> even_shares(3)
    [33.34, 33.33, 33.33]
    >>> even_shares(0)
    []
    """
    return [part / PARTS for part in _largest_remainder(WHOLE, [1] * count)]


def _largest_remainder(total, weights):
    """Whole numbers that add up to ``total``, in proportion to whole ``weights``."""
    if not weights:
        return []
    divisor = sum(weights)
    quotas = [divmod(total * weight, divisor) for weight in weights]
    numbers = [whole for whole, __ in quotas]
    by_remainder = sorted(range(len(weights)), key=lambda index: -quotas[index][1])
    for index in by_remainder[: total - sum(numbers)]:
        numbers[index] += 1
    return numbers
