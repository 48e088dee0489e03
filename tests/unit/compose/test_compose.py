"""docker-compose.yml: valid, and in step with what `make run` uses.

No container is started here. What a container would do first, write Asterisk's
configuration from its environment, is done with the same values.
"""

import fnmatch
import json
import os
import re
import shlex
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest
import yaml

from asterisk import configure
from dev import container_secrets, secrets_file
from dev.settings import Settings

CHECKOUT = Path(configure.__file__).parent.parent
SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
TEXT = (CHECKOUT / "docker-compose.yml").read_text()
DEFAULTS = {field.name: field.default for field in fields(Settings)}


def interpolate(text, variables=()):
    """Fill in `${NAME:-default}` as Compose does."""

    def value(match):
        return dict(variables).get(match[1]) or match[2]

    return re.sub(r"\$\{(\w+):-([^}]*)\}", value, text).replace("$$", "$")


@pytest.fixture(scope="module")
def compose():
    """Return the file as Compose reads it on a machine without any variable set."""
    return yaml.safe_load(interpolate(TEXT))


def environment(service):
    """Return the environment of a service as text."""
    return {name: str(value) for name, value in service["environment"].items()}


def dockerfiles(compose):
    """Return the Dockerfile, target and context of each image that is built."""
    builds = [s["build"] for s in compose["services"].values() if "build" in s]
    return {
        (build["dockerfile"], build.get("target", ""), build["context"])
        for build in builds
    }


def test_the_file_keeps_to_the_schema(compose):
    jsonschema.Draft7Validator(SCHEMA).validate(compose)


def test_the_schema_finds_mistakes(compose):
    wrong = {**compose, "services": {"odoo": {"imagee": "odoo:19.0"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(wrong)


def test_every_variable_has_a_default():
    used = re.findall(r"\$\{(\w+)([^}]*)\}", TEXT)
    assert [name for name, default in used if not default.startswith(":-")] == []


def test_every_part_of_make_run_is_there(compose):
    parts = {"db", "pbx", "carrier", "phone", "odoo", "seed", "secrets"}
    assert set(compose["services"]) == parts


def test_services_depend_on_services_that_exist(compose):
    for service in compose["services"].values():
        for name, how in service.get("depends_on", {}).items():
            other = compose["services"][name]
            if how["condition"] == "service_completed_successfully":
                assert other["restart"] == "no", f"{name} must end to be waited for"


def test_mounts_exist(compose):
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (CHECKOUT / source).exists(), mount
            else:
                assert source in compose["volumes"], mount


def test_dockerfiles_and_what_they_copy_exist(compose):
    for dockerfile, target, context in dockerfiles(compose):
        text = (CHECKOUT / context / dockerfile).read_text().replace("\\\n", " ")
        assert not target or re.search(rf"^FROM \S+ AS {target}$", text, re.M)
        for line in re.findall(r"^COPY (.*)$", text, re.M):
            for source in shlex.split(line)[:-1]:
                path = CHECKOUT / context / source
                assert path.exists(), f"{dockerfile}: COPY {source}"
                assert reaches_the_build(source), f".dockerignore hides {source}"


def reaches_the_build(source):
    """Tell whether .dockerignore, whose last fitting line wins, lets a path through."""
    first = source.rstrip("/").split("/")[0]
    let = True
    for line in (CHECKOUT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            let = (line[0] == "!") if fnmatch.fnmatch(first, line.lstrip("!")) else let
    return let


@pytest.mark.parametrize("name", ["pbx", "carrier"])
def test_the_environment_fills_in_asterisks_configuration(compose, name, tmp_path):
    service = compose["services"][name]
    values = configure.secret_values(secrets_file.generate()) | environment(service)
    demonstration = "--demonstration" in service["command"]
    assert set(environment(service)) <= set(configure.VALUES), "a name nobody reads"
    source = CHECKOUT / "asterisk" / name
    configure.render(source, tmp_path, values, demonstration=demonstration)
    assert (tmp_path / "manager.conf").is_file()


def test_the_image_holds_all_of_asterisks_configuration():
    text = (CHECKOUT / "asterisk/Dockerfile").read_text()
    folders = {path.name for path in (CHECKOUT / "asterisk").iterdir() if path.is_dir()}
    for folder in folders - {"__pycache__"}:
        assert f"COPY asterisk/{folder}/" in text
    script = (CHECKOUT / "asterisk/entrypoint.sh").read_text()
    assert "configure.py" in script


def test_pbx_and_carrier_agree(compose):
    pbx, carrier = (environment(compose["services"][n]) for n in ("pbx", "carrier"))
    assert pbx["CARRIER_HOST"] == "carrier"
    assert pbx["CARRIER_SIP_PORT"] == carrier["SIP_PORT"]
    assert carrier["PBX_HOST"] == "pbx"
    assert carrier["PBX_SIP_PORT"] == pbx["SIP_PORT"]


def test_ports_inside_are_those_of_make_run(compose):
    pbx, carrier = (environment(compose["services"][n]) for n in ("pbx", "carrier"))
    for name in ("AMI_PORT", "ARI_PORT", "SIP_PORT", "RTP_START", "RTP_END"):
        assert int(pbx[name]) == DEFAULTS[name.lower()]
    for name in ("AMI_PORT", "SIP_PORT", "RTP_START", "RTP_END"):
        assert int(carrier[name]) == DEFAULTS[f"carrier_{name.lower()}"]


def published(compose):
    """Return (service, address, host port, container port) of each published port."""
    found = []
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            address, outside, inside = port.split("/")[0].split(":")
            found.append((name, address, int(outside), int(inside)))
    return found


def test_published_ports_are_those_that_somebody_listens_on(compose):
    pbx = environment(compose["services"]["pbx"])
    assert {(name, inside) for name, _, _, inside in published(compose)} == {
        ("odoo", 8069),
        ("pbx", int(pbx["SIP_PORT"])),
        ("pbx", int(pbx["ARI_PORT"])),
    }
    for _, _, outside, inside in published(compose):
        assert outside == inside


def test_ami_and_the_database_are_never_published(compose):
    inside = {port for _, _, _, port in published(compose)}
    assert inside.isdisjoint({5038, 5039, 5432})


def test_nothing_is_open_to_other_machines_unless_listen_says_so(compose):
    assert {address for _, address, _, _ in published(compose)} == {"127.0.0.1"}
    opened = yaml.safe_load(interpolate(TEXT, {"LISTEN": "0.0.0.0"}))
    addresses = {inside: address for _, address, _, inside in published(opened)}
    ari = int(environment(compose["services"]["pbx"])["ARI_PORT"])
    assert addresses.pop(ari) == "127.0.0.1", "ARI is never for other machines"
    assert set(addresses.values()) == {"0.0.0.0"}


def test_ami_is_for_the_systems_own_network(compose):
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    for name in ("pbx", "carrier"):
        permit = environment(compose["services"][name])["AMI_PERMIT"]
        assert permit == network["subnet"]


def test_the_seed_gets_what_it_reads(compose):
    given = environment(compose["services"]["seed"])
    script = (CHECKOUT / "dev/seed.py").read_text()
    read = set(re.findall(r"(?:variables\.get\(|environ\[)\"(\w+)\"", script))
    assert read <= set(given)
    pbx = environment(compose["services"]["pbx"])
    assert given["PBX_HOST"] == "pbx"
    assert (given["AMI_PORT"], given["ARI_PORT"]) == (pbx["AMI_PORT"], pbx["ARI_PORT"])


def test_the_browsers_socket_follows_the_published_port():
    moved = yaml.safe_load(interpolate(TEXT, {"ARI_PORT": "18088"}))
    url = environment(moved["services"]["seed"])["WEBSOCKET_URL"]
    assert url == "ws://127.0.0.1:18088/ws"
    assert ("pbx", "127.0.0.1", 18088, 8088) in published(moved)


def test_odoo_starts_the_connector_on_the_database_that_was_seeded(compose):
    odoo, seed = compose["services"]["odoo"], compose["services"]["seed"]
    assert "--load=base,rpc,web,callcenter_outbound" in odoo["command"]
    database = seed["entrypoint"][-1]
    assert f"--database={database}" in odoo["command"]
    assert f"--db-filter=^{database}$" in odoo["command"]
    assert "--no-database-list" in odoo["command"]
    assert odoo["image"] == seed["image"]


def test_secrets_are_written_once(tmp_path):
    first = container_secrets.write(tmp_path)
    assert container_secrets.write(tmp_path) == first
    assert (tmp_path / "pg_password").read_text() == first["pg_password"]
    assert first["pg_password"].isalnum()


def test_scripts_that_containers_run_exist_and_parse():
    for name in ("asterisk/entrypoint.sh", "dev/seed_container.sh"):
        assert os.system(f"sh -n {shlex.quote(str(CHECKOUT / name))}") == 0
