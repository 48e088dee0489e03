"""The figures that the walk-through is held to are counted right themselves."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.campaign import (
    DONE,
    MOST_CALLS,
    SEED_CASE,
    by_key,
    draw_case,
    figures,
    match,
)
from tests.e2e.carrier import CarrierCall

#: 23 November 2026, 00:59:50 in Shanghai.
START = 1_795_366_790.0


def lines_of(attempts):
    """What a carrier would write: ten seconds a call, half of them talk."""
    lines = []
    for place, attempt in enumerate(attempts):
        start = START + 10 * place
        kind = attempt.person.number[8:10]
        answers = (kind[0] == "0" or kind == "91") and not attempt.gives_up
        lines.append(
            CarrierCall(
                start=start,
                number=attempt.person.number,
                caller="",
                answer=start + 5 if answers else None,
                end=start + 10,
                disposition="answered" if answers else "refused",
                sip_code=200 if answers else 486,
                ended_by="caller",
                heard="",
            )
        )
    return lines


def test_the_seed_case():
    played = match(SEED_CASE.attempts, lines_of(SEED_CASE.attempts))
    counted = figures(played, passed=("Zhang Wei", "Chen Jie"))
    assert (counted.data_volume, counted.dials, counted.answered) == (5, 6, 4)
    assert (counted.reached, counted.unsaved, counted.follow_up) == (4, 1, 1)
    assert (counted.done, counted.success, counted.passed) == (4, 3, 1)
    assert (counted.total_seconds, counted.talk_seconds) == (60, 20)
    assert counted.contact_rate == 0.8
    assert counted.answer_rate == pytest.approx(4 / 6)
    assert counted.effective_contact_rate == 0.6
    assert counted.results["Cooperative"] == 2


def test_two_calls_of_a_customer_keep_their_order():
    """The first of them was given up, whatever order the log is read in."""
    lines = lines_of(SEED_CASE.attempts)
    emma = [
        line.answer is not None
        for attempt, line in match(SEED_CASE.attempts, lines[::-1])
        if attempt.person.name == "Emma Clark"
    ]
    assert emma == [False, True]


def test_a_call_too_many_is_found():
    lines = lines_of(SEED_CASE.attempts)
    for wrong in (lines[1:], [*lines, lines[0]]):
        with pytest.raises(AssertionError):
            match(SEED_CASE.attempts, wrong)


def test_cut_by_the_hour_of_a_time_zone():
    played = match(SEED_CASE.attempts, lines_of(SEED_CASE.attempts))
    hours = by_key(played, ZoneInfo("Asia/Shanghai"), lambda moment: f"{moment.hour}")
    assert {hour: len(part) for hour, part in hours.items()} == {"0": 1, "1": 5}


def test_no_figures_of_nothing():
    counted = figures([])
    assert (counted.contact_rate, counted.results) == (0.0, Counter())


@pytest.mark.parametrize("seed", range(200))
def test_each_case_that_is_drawn_can_be_played(seed):
    campaign = draw_case(seed)
    assert len({person.number for person in campaign.people}) == len(campaign.people)
    assert 1 <= len(campaign.attempts) <= MOST_CALLS
    over = set()
    for attempt in campaign.attempts:
        assert attempt.person not in over
        assert (attempt.result is None) == (attempt.status is None)
        if attempt.status in DONE:
            over.add(attempt.person)
    assert draw_case(seed) == campaign


def test_cases_differ():
    counted = {
        (counts.data_volume, counts.dials, counts.answered)
        for campaign in map(draw_case, range(50))
        for counts in [figures(match(campaign.attempts, lines_of(campaign.attempts)))]
    }
    assert len(counted) > 10
