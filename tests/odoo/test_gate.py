"""The gate: Odoo's own runner, on a new database, with its log read line by line.

It alone proves the installation, the data files, the demonstration data and the tests
that run at installation.
"""

import re
import time
from dataclasses import replace

import pytest

from dev import odoo, postgres, processes
from dev.settings import first_port, free_ports
from dev.steps import StepFailed

pytestmark = pytest.mark.usefixtures("database_server")

#: The closing line of Odoo's runner.
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")

#: A line of the log that should not be there.
BAD_LINE = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) .*$", re.MULTILINE)


@pytest.mark.parametrize("data", ["with-demo", "without-demo"])
def test_module_on_a_new_database(settings, data, tell_figure):
    """The module installs and passes its tests, and nothing stands in the log."""
    gate = replace(
        settings,
        database=f"gate_{data.replace('-', '_')}",
        odoo_port=free_ports(1, first_port(settings.run / data))[0],
    )
    log = processes.log_file(gate, gate.database)
    log.write_text("")
    postgres.drop_database(gate, gate.database)
    odoo.write_configuration(gate, with_connector=False)
    began = time.monotonic()
    try:
        odoo.run_gate(gate, log, f"--{data}")
    except StepFailed as error:
        failures = failed_tests(log.read_text())
        pytest.fail(f"{failures}\n{error}", pytrace=False)
    text = log.read_text()
    failed, errors, count = map(int, RESULT.findall(text)[-1])
    tell_figure(
        f"Odoo's runner {data}: {count} tests, {failed} failed, {errors} errors, "
        f"{time.monotonic() - began:.0f} s"
    )
    bad = "\n".join(match[0] for match in BAD_LINE.finditer(text))
    assert not bad, f"lines in {log}:\n{bad}"
    assert (failed, errors) == (0, 0)
    assert count > 0, "Odoo's runner ran no test"


def failed_tests(text: str) -> str:
    """Return the lines of a log that name failed tests, and what they say."""
    blocks = re.findall(
        r"^\S+ \S+ \d+ (?:ERROR|CRITICAL) [^\n]*(?:\n(?!\d{4}-)[^\n]*)*", text, re.M
    )
    return "\n".join(blocks)[-6000:]
