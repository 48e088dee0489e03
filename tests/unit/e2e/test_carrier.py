"""The reader of the simulated carrier's log."""

import pytest

from tests.e2e.carrier import CarrierLog

ANSWERED = (
    '{"start": 1795451761.811, "number": "862155010003", "caller": "02112345678", '
    '"answer": 1795451761.811, "end": 1795451764.829, "disposition": "answered", '
    '"sip_code": 200, "ended_by": "carrier", "heard": "/heard/1.wav"}\n'
)
BUSY = (
    '{"start": 1795451827.213, "number": "862155001000", "caller": "02112345678", '
    '"answer": null, "end": 1795451827.213, "disposition": "refused", '
    '"sip_code": 486, "ended_by": "carrier", "heard": ""}\n'
)


def test_a_log_that_does_not_exist_yet_has_no_calls(tmp_path):
    assert CarrierLog(tmp_path / "calls.jsonl").calls() == []


def test_calls_are_read_and_picked_by_number(tmp_path):
    (tmp_path / "calls.jsonl").write_text(ANSWERED + BUSY)
    log = CarrierLog(tmp_path / "calls.jsonl")
    answered, busy = log.calls()
    assert answered.talk_seconds == pytest.approx(3.018)
    assert (busy.sip_code, busy.answer, busy.talk_seconds) == (486, None, 0)
    assert log.calls("862155001000") == [busy]


def test_waiting_ends_when_the_call_is_there(tmp_path):
    path = tmp_path / "calls.jsonl"
    log = CarrierLog(path)
    assert log.wait("862155001000", sleep=lambda _: path.write_text(BUSY))


def test_waiting_ends_when_the_call_does_not_come(tmp_path):
    with pytest.raises(TimeoutError, match="0 of 1"):
        CarrierLog(tmp_path / "calls.jsonl").wait(timeout=0.01)
