"""What all tests share: the settings of the test run, and its database server.

Everything lies in the folder `test-run` below PREFIX and listens on ports of its own,
so that the tests and `make run` live side by side.
"""

import pytest

from dev import postgres, processes, sources, testing, users
from dev.settings import from_environment


@pytest.fixture(scope="session")
def settings():
    """The settings of the test run."""
    found = testing.settings_of(from_environment(), testing.TEST)
    testing.note_ports(found)
    return found


@pytest.fixture(scope="session")
def database_server(settings):
    """A PostgreSQL server of the test run's own."""
    users.make_folder(settings.run)
    sources.mirror(settings)
    postgres.prepare(settings)
    began = not processes.pid(settings, "postgres")
    postgres.start(settings)
    yield
    if began:
        postgres.stop(settings)


def pytest_configure(config):
    """Prepare the list of figures for the closing report."""
    config.stash[FIGURES] = []


FIGURES = pytest.StashKey[list]()


@pytest.fixture
def tell_figure(pytestconfig):
    """A function that adds a line to the closing report."""
    return pytestconfig.stash[FIGURES].append


def pytest_terminal_summary(terminalreporter, config):
    """Print the figures that tests have told."""
    if config.stash[FIGURES]:
        terminalreporter.section("figures")
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)
