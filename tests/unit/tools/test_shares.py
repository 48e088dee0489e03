"""Shares of a total as whole numbers: what holds for all, and some by hand."""

import doctest
import random

import pytest

from tools import shares

#: Reproducible, and enough for sums and remainders of all kinds.
CHANCE = random.Random(19)


def some_percents():
    """Shares with two decimals, at most 100 % together."""
    left = shares.WHOLE
    percents = []
    for _turn in range(CHANCE.randint(0, 40)):
        part = CHANCE.choice([0, min(1, left), left // 2, CHANCE.randint(0, left)])
        left -= part
        percents.append(part / shares.PARTS)
    CHANCE.shuffle(percents)
    return percents


def test_whole_numbers_add_up_and_none_is_off_by_one():
    for _turn in range(500):
        check_whole_numbers()


def check_whole_numbers():
    total = CHANCE.choice([0, 1, 5, 41, 133, CHANCE.randint(0, 1_000_000)])
    percents = some_percents()
    given, stay = shares.share_out(total, percents)
    assert sum(given) + stay == total
    for percent, number in zip(percents, given, strict=True):
        quota = total * shares.to_parts(percent) / shares.WHOLE
        assert abs(number - quota) < 1
        assert percent or not number
    left = shares.WHOLE - sum(map(shares.to_parts, percents))
    assert abs(stay - total * left / shares.WHOLE) < 1
    assert left or not stay


def test_a_larger_share_never_gets_less():
    for _turn in range(200):
        percents = sorted(some_percents(), reverse=True)
        given, __ = shares.share_out(CHANCE.randint(0, 1000), percents)
        assert given == sorted(given, reverse=True)


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 11, 99, 100, 101, 250])
def test_even_shares_are_a_whole(count):
    percents = shares.even_shares(count)
    parts = [shares.to_parts(percent) for percent in percents]
    assert len(percents) == count
    assert sum(parts) == shares.WHOLE
    assert max(parts) - min(parts) <= 1
    given, stay = shares.share_out(1000, percents)
    assert stay == 0
    assert max(given) - min(given) <= 1


@pytest.mark.parametrize("percents", [[60, 40.01], [101], [-1, 50], [50, 50, 0.01]])
def test_more_than_there_is_is_refused(percents):
    with pytest.raises(ValueError, match="0 to 100"):
        shares.share_out(10, percents)


def test_sums_are_exact():
    """As floats, 0.1 + 0.2 + 99.7 is more than 100."""
    assert shares.share_out(1000, [0.1, 0.2, 99.7]) == ([1, 2, 997], 0)


def test_examples_hold():
    assert doctest.testmod(shares).failed == 0
