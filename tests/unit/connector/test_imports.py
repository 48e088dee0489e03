"""The rings of the engine: who may import what, wherever in a file it stands."""

import ast
from pathlib import Path

import pytest

ADDON = Path(__file__).parents[3] / "callcenter_outbound"
ENGINE = ADDON / "connector"


def imports(path):
    """Return the modules that a file imports, relative ones with their dots."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found.add(module)
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def users(package, *files):
    """Return the names of the files that import a package."""
    return {
        path.name
        for path in files
        if any(name.split(".")[0] == package for name in imports(path))
    }


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("panoramisk", {"ami.py"}),
        ("odoo", {"gateway.py", "server.py"}),
        ("psycopg2", {"pg.py", "gateway.py", "server.py"}),
        ("requests", {"ari.py"}),
    ],
)
def test_one_door_for_each(package, allowed):
    assert users(package, *ENGINE.glob("*.py")) <= allowed
    assert users(package, *(ENGINE / "core").glob("*.py")) == set()


def test_packages_import_nothing():
    """So that a model takes values of the core without the engine."""
    for path in (ENGINE / "__init__.py", ENGINE / "core/__init__.py"):
        assert imports(path) == set()


def test_models_take_values_of_the_core_alone():
    outside = [p for p in ADDON.rglob("*.py") if ENGINE not in p.parents]
    for path in outside:
        for name in imports(path):
            if "connector" not in name.split("."):
                continue
            if path.name in ("hooks.py", "callcenter_connector.py"):
                continue
            if "tests" in path.parts:
                continue
            parts = name.lstrip(".").split(".")
            core = parts[parts.index("connector") + 1 :][:1]
            assert core == ["core"], f"{path.name} imports {name}"
