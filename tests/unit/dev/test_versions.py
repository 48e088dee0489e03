"""Versions: only as far as they were tested, and told when they differ."""

import doctest

import pytest

from dev import versions


def test_doctests():
    assert doctest.testmod(versions).failed == 0


@pytest.mark.parametrize(
    ("version", "tested", "order"),
    [
        ("19.0.0+dfsg-1", "19.0", 0),
        ("19.0.20270101+dfsg-1", "19.0", 0),
        ("20.0.0-1", "19.0", 1),
        ("1:22.10.1+dfsg+~cs6.17-1", "22.10", 0),
        ("1:22.9.0-1", "22.10", -1),
        ("23", "22.10", 1),
    ],
)
def test_compare(version, tested, order):
    assert versions.compare(version, tested) == order


def test_warning_names_both_versions():
    text = versions.warning("asterisk", "1:99.1.2-1")
    assert "99.1.2" in text
    assert versions.TESTED["asterisk"]["tested"] in text
    assert "newer" in text


def test_no_warning_for_the_tested_version():
    tested = versions.TESTED["odoo"]["tested"]
    assert versions.warning("odoo", f"{tested}.7+dfsg-1") == ""
