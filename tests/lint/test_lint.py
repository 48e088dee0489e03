"""Every linter, one test each. What they want is in pyproject.toml and dev/linters."""

import os
import subprocess

import pytest

from dev import node

#: What is written by hand in Python. The first is the Odoo add-on.
MODULE = "callcenter_outbound"
PYTHON = (MODULE, "asterisk", "bench", "dev", "tests")


@pytest.fixture(scope="module")
def checkout(settings):
    """The checkout that is linted."""
    return settings.checkout


@pytest.fixture(scope="module")
def lint(settings, checkout):
    """A function that runs a linter of the virtual environment in the checkout."""
    programs = settings.python.parent

    def lint(name, *arguments, **variables):
        check([programs / name, *arguments], checkout, **variables)

    return lint


@pytest.fixture(scope="module")
def lint_by_node(settings, checkout):
    """A function that runs a linter of the Node packages in the checkout."""

    def lint_by_node(script, *arguments):
        path = settings.node_modules / script
        check([node.program(settings), path, *arguments], checkout)

    return lint_by_node


def check(argv, folder, **variables):
    """Fail with what a linter prints, when it is not content."""
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout, pytrace=False)


def existing(checkout, names):
    """Return the folders of the checkout that there are."""
    return [name for name in names if (checkout / name).is_dir()]


def test_ruff_check(lint, checkout):
    lint("ruff", "check", "--no-cache", *existing(checkout, PYTHON))


def test_ruff_format(lint, checkout):
    lint("ruff", "format", "--no-cache", "--diff", *existing(checkout, PYTHON))


def test_pylint_odoo(lint):
    lint("pylint", MODULE)


def test_oca_checks(lint):
    # The order of attributes is a matter of taste: prettier doesn't mind either.
    lint("oca-checks-odoo-module", "--disable=xml-tag-position", MODULE)


def test_oca_checks_of_translations(lint, checkout):
    lint("oca-checks-po", *sorted((checkout / MODULE / "i18n").glob("*.po*")))


def test_import_contracts(lint, checkout):
    lint("lint-imports", "--no-cache", PYTHONPATH=str(checkout / MODULE))


def test_eslint(lint_by_node, settings):
    configuration = settings.node_modules.parent / "eslint.config.mjs"
    arguments = ["--config", configuration, "--max-warnings", "0"]
    lint_by_node("eslint/bin/eslint.js", *arguments, f"{MODULE}/static")


def test_prettier(lint_by_node, settings, checkout):
    configuration = settings.node_modules.parent / "prettier.config.mjs"
    arguments = ["--config", configuration, "--ignore-path", ".prettierignore"]
    kinds = f"{MODULE}/**/*.{{js,scss,xml}}"
    lint_by_node("prettier/bin/prettier.cjs", *arguments, "--check", kinds)
