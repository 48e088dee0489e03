"""The examples in the engine's docstrings are part of its specification."""

import doctest
import importlib
import pkgutil

import pytest

from connector import core


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(core.__path__)])
def test_examples_hold(name):
    module = importlib.import_module(f"connector.core.{name}")
    results = doctest.testmod(module)
    assert results.failed == 0
