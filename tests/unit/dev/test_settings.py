"""Ports and folders, from the environment."""

import socket
from dataclasses import replace

import pytest

from dev import settings as module
from dev.settings import Settings


@pytest.fixture
def settings(tmp_path):
    """Settings with everything below a folder of the test's own."""
    return Settings(checkout=tmp_path, prefix=tmp_path / "var")


@pytest.fixture
def taken():
    """A port on which somebody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_ports_and_prefix_come_from_variables(tmp_path):
    environ = {"PREFIX": str(tmp_path), "ODOO_PORT": "9000", "LISTEN": ""}
    found = module.from_environment(environ)
    assert (found.prefix, found.odoo_port, found.pg_port) == (tmp_path, 9000, 5433)
    assert found.listen == "127.0.0.1"


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "８０"])
def test_a_bad_port_is_named(text, tmp_path):
    environ = {"PREFIX": str(tmp_path), "SIP_PORT": text}
    with pytest.raises(ValueError, match=f"SIP_PORT={text}"):
        module.from_environment(environ)


def test_a_taken_port_is_named_by_its_variable(settings, taken):
    found = module.taken_ports(replace(settings, ami_port=taken, sip_port=taken))
    assert found["AMI_PORT"] == taken
    # Nobody takes datagrams there.
    assert "SIP_PORT" not in found


def test_tests_have_a_folder_and_ports_of_their_own(settings):
    tests = module.for_tests(settings, "test-run")
    fields = module.PORTS.values()
    assert not {getattr(tests, field) for field in fields} & {
        getattr(settings, field) for field in fields
    }
    assert tests.run != settings.run
    assert tests.odoo_root == settings.odoo_root


def test_free_ports_are_free_and_differ(taken):
    found = module.free_ports(3, taken)
    assert taken not in found
    assert len(set(found)) == 3


def test_each_run_looks_for_ports_elsewhere(tmp_path):
    starts = {module.first_port(tmp_path / f"{number}") for number in range(10)}
    assert len(starts) > 5
    assert min(starts) >= module.FIRST_PORT
    assert max(starts) + module.PORT_BLOCK <= module.LAST_PORT


def test_a_closed_checkout_gets_another_prefix(tmp_path, monkeypatch):
    monkeypatch.setattr(module.users, "is_closed", lambda path: True)
    assert module.default_prefix(tmp_path) == module.users.FALLBACK_PREFIX
    assert Settings(checkout=tmp_path, prefix=tmp_path / "p").source != tmp_path


def test_an_open_checkout_holds_everything_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(module.users, "is_closed", lambda path: False)
    assert module.default_prefix(tmp_path) == tmp_path / "var"
    assert Settings(checkout=tmp_path, prefix=tmp_path / "p").source == tmp_path


def test_phones_register_where_the_network_finds_this_machine(monkeypatch):
    """127.0.0.1 is of no use to a phone on the network."""
    settings = module.from_environment({"LISTEN": "0.0.0.0"})
    monkeypatch.delenv("SIP_DOMAIN", raising=False)
    monkeypatch.setattr("dev.settings.network_address", lambda: "10.1.2.3")
    assert settings.sip_domain == "10.1.2.3"
    assert settings.address == "127.0.0.1"
    monkeypatch.setenv("SIP_DOMAIN", "calls.example.com")
    assert settings.sip_domain == "calls.example.com"


@pytest.mark.parametrize("listen", ["127.0.0.1", "10.9.8.7"])
def test_phones_register_at_the_address_that_is_listened_on(listen, monkeypatch):
    monkeypatch.setenv("SIP_DOMAIN", "elsewhere.example.com")
    assert module.from_environment({"LISTEN": listen}).sip_domain == listen


def test_a_machine_knows_its_own_address():
    address = module.network_address()
    assert address.count(".") == 3
    assert module.is_free(0, udp=True, address=address)
