"""Scripted phones: their folders, their traces, and what they are told by headers."""

import doctest

import pytest

from dev import phones

TRACE = (
    "\x1b[36;1m#\r\nUDP 127.0.0.1:40000 -> 127.0.0.1:5060\r\n"
    "INVITE sip:600@127.0.0.1:5060 SIP/2.0\r\nUser-Agent: baresip v1.0.0\r\n\r\nv=0\r\n"
    "\x1b[;m\x1b[36;1m#\r\nUDP 127.0.0.1:5060 -> 127.0.0.1:40000\r\n"
    "INVITE sip:1987-0x55@127.0.0.1:40000 SIP/2.0\r\n"
    "Call-ID: one\r\nCall-Info: <sip:pbx>;answer-after=0\r\n"
    "User-Agent: callcenter-pbx\r\n\r\nv=0\r\n"
    "\x1b[;mUDP 127.0.0.1:5060 -> 127.0.0.1:40000\r\n"
    "OPTIONS sip:1987@127.0.0.1 SIP/2.0\r\nCall-ID: no\r\n\r\n"
    "UDP 127.0.0.1:5060 -> 127.0.0.1:40000\r\n"
    "INVITE sip:1987-0x55@127.0.0.1:40000 SIP/2.0\r\nCall-ID: two\r\n"
    "Via: a\r\nVia: b\r\n\r\n"
)


@pytest.fixture(autouse=True)
def as_oneself(monkeypatch):
    """Keep files as our own: the servers' user is not made for a unit test."""
    monkeypatch.setattr(phones.users, "is_root", lambda: False)


def test_examples():
    assert doctest.testmod(phones).failed == 0


def test_only_invites_that_came_in_are_read():
    first, second = phones.parse_invites(TRACE)
    assert first["call-id"] == ["one"]
    assert first["call-info"] == ["<sip:pbx>;answer-after=0"]
    assert second["via"] == ["a", "b"]
    assert second[":uri"] == ["sip:1987-0x55@127.0.0.1:40000"]


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({}, False),
        ({"call-info": ["<sip:pbx>;answer-after=0"]}, True),
        ({"call-info": ["<sip:pbx>;answer-after=05"]}, False),
        ({"alert-info": ["<http://pbx>;info=alert-autoanswer"]}, True),
        ({"alert-info": ["<http://pbx>;info=external"]}, False),
    ],
)
def test_headers_that_ask_a_phone_to_answer(headers, asked):
    assert phones.asks_to_answer(headers) is asked


def test_a_netstring_that_comes_in_pieces():
    data, found = b"", []
    for byte in b'14:{"event":true},2:ok,':
        messages, data = phones.split_netstrings(data + bytes([byte]))
        found += messages
    assert found == [b'{"event":true}', b"ok"]
    assert data == b""


def test_a_phones_folder_is_for_its_user_alone(tmp_path):
    folder = phones.prepare(
        tmp_path / "1987", "1987", "hush", domain="127.0.0.1:5060", control=4444
    )
    account = folder / "accounts"
    assert "auth_pass=hush" in account.read_text()
    assert account.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_the_demonstrations_phone_keeps_no_recordings(tmp_path):
    folder = phones.prepare(
        tmp_path, "1987", "hush", domain="127.0.0.1:1", control=1, record=False
    )
    assert "sndfile" not in (folder / "config").read_text()
    assert not (folder / "recordings").exists()


def test_an_unknown_way_to_answer_is_refused(tmp_path):
    with pytest.raises(ValueError, match="answer='never'"):
        phones.Phone("1987", "hush", tmp_path, answer="never")


def test_commands_need_a_phone_that_runs(tmp_path):
    phone = phones.Phone("1987", "hush", tmp_path)
    with pytest.raises(phones.PhoneError, match="isn't running"):
        phone.answer()


def test_waiting_tells_what_was_seen_instead(tmp_path):
    phone = phones.Phone("1987", "hush", tmp_path)
    phone._note({"event": True, "type": "CALL_CLOSED"})
    with pytest.raises(phones.PhoneError, match="seen: CALL_CLOSED"):
        phone.wait_ringing(timeout=0.01)
    assert phone.wait_closed(timeout=0.01)["type"] == "CALL_CLOSED"
    with pytest.raises(phones.PhoneError):
        phone.wait_closed(timeout=0.01, since=phone.mark())


def test_a_free_port_can_be_taken():
    assert 1024 < phones.free_port() < 65536
