"""Values into configuration files: complete, checked, and never half written."""

import json
import re
import stat
from pathlib import Path

import pytest

from asterisk import configure

ASTERISK = Path(configure.__file__).parent
SECRET = "s3cret-of-a-test"

PBX = {
    "AMI_PORT": 5038,
    "ARI_PORT": 8088,
    "SIP_PORT": 5060,
    "RTP_START": 10000,
    "RTP_END": 10499,
    "AMI_SECRET": SECRET,
    "ARI_SECRET": SECRET,
    "TRUNK_SECRET": SECRET,
    "CARRIER_SIP_PORT": 5080,
    "EXTENSION_1986_SECRET": SECRET,
    "EXTENSION_1987_SECRET": SECRET,
    "EXTENSION_1988_SECRET": SECRET,
}
CARRIER = {
    "AMI_PORT": 5039,
    "SIP_PORT": 5080,
    "RTP_START": 11000,
    "RTP_END": 11499,
    "AMI_SECRET": SECRET,
    "TRUNK_SECRET": SECRET,
    "PBX_SIP_PORT": 5060,
}


@pytest.fixture
def source(tmp_path):
    """Return a folder with one template."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "manager.conf").write_text("port = @AMI_PORT@\nsecret = @AMI_SECRET@\n")
    return folder


def sections(text):
    """Return the lines of each section of a configuration file."""
    found, lines = {}, []
    for line in text.splitlines():
        if match := re.match(r"\[(.+?)\]", line):
            lines = found.setdefault(match[1], [])
        elif line.strip() and not line.startswith(";"):
            lines.append(line)
    return found


@pytest.mark.parametrize(("name", "values"), [("pbx", PBX), ("carrier", CARRIER)])
def test_the_projects_own_folders_are_filled_in(tmp_path, name, values):
    written = configure.render(ASTERISK / name, tmp_path, values)
    assert {"asterisk.conf", "modules.conf", "pjsip.conf"} < {p.name for p in written}
    for path in written:
        assert not configure.PLACEHOLDER.search(path.read_text()), path


def test_nothing_listens_beyond_this_machine_by_default(tmp_path):
    for name, values in (("pbx", PBX), ("carrier", CARRIER)):
        configure.render(ASTERISK / name, tmp_path / name, values)
    text = "".join(path.read_text() for path in tmp_path.rglob("*.conf"))
    bound = re.findall(r"^bind(?:addr)? = ([\d.]+)", text, re.M)
    assert set(bound) == {"127.0.0.1"}
    assert len(bound) >= 5


def test_every_listed_module_stands_once():
    for name in ("pbx", "carrier"):
        text = (ASTERISK / name / "modules.conf").read_text()
        loads = re.findall(r"^load = (\S+)$", text, re.M)
        assert len(loads) == len(set(loads))


def test_secrets_are_readable_by_their_owner_alone(tmp_path, source):
    configure.render(source, tmp_path / "etc", PBX)
    mode = stat.S_IMODE((tmp_path / "etc/manager.conf").stat().st_mode)
    assert mode & 0o007 == 0
    assert stat.S_IMODE((tmp_path / "etc").stat().st_mode) & 0o007 == 0


def test_a_missing_value_is_named_and_nothing_is_written(tmp_path, source):
    with pytest.raises(configure.ConfigureError, match="AMI_SECRET: is missing"):
        configure.render(source, tmp_path / "etc", {"AMI_PORT": 5038})
    assert not (tmp_path / "etc").exists()


def test_all_problems_are_named_at_once(source, tmp_path):
    with pytest.raises(configure.ConfigureError) as caught:
        configure.render(source, tmp_path, {"AMI_PORT": "0", "AMI_SECRET": "short"})
    assert "AMI_PORT: '0'" in str(caught.value)
    assert "AMI_SECRET:" in str(caught.value)


def test_a_placeholder_that_nobody_knows_is_refused(source, tmp_path):
    (source / "x.conf").write_text("@NO_SUCH_THING@")
    with pytest.raises(configure.ConfigureError, match="NO_SUCH_THING: no such value"):
        configure.render(source, tmp_path, PBX)


def test_a_folder_without_templates_is_refused(tmp_path):
    with pytest.raises(configure.ConfigureError, match="no configuration files"):
        configure.render(tmp_path, tmp_path / "etc", PBX)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AMI_SECRET", "good-enough\nwrite = all"),
        ("AMI_SECRET", "good-enough\r\n"),
        ("AMI_SECRET", "good-enough;comment"),
        ("AMI_SECRET", "good\0enough"),
        ("AMI_SECRET", "${SHELL(id)}-long"),
        ("AMI_USER", "odoo]"),
        ("AMI_USER", "odoo,admin"),
        ("TRUNK_SECRET", 'quo"te-quote'),
        ("CARRIER_HOST", "carrier,other"),
        ("CARRIER_HOST", "carrier:5060"),
        ("SIP_PORT", "5060, 5061"),
        ("SIP_PORT", "65536"),
        ("SIP_PORT", "-1"),
        ("SIP_PORT", "٥٠٦٠"),
        ("LISTEN", "everywhere"),
        ("LISTEN", "127.0.0.1:5060"),
        ("LISTEN", "256.0.0.1"),
        ("AMI_PERMIT", "10.0.0.0/33"),
        ("AMI_PERMIT", "10.0.0.0/255.0.0.0,0.0.0.0/0"),
        ("SPOOL_DIR", "relative"),
        ("SPOOL_DIR", "/a)b"),
        ("SPOOL_DIR", "/a,b"),
        ("SPOOL_DIR", "/a;b"),
        ("SPOOL_DIR", "/a${b}"),
        ("SPOOL_DIR", "/a\nb"),
    ],
)
def test_hostile_values_are_refused(name, value):
    with pytest.raises(configure.ConfigureError, match=name):
        configure.check(name, value)


def test_a_refused_secret_is_not_repeated():
    with pytest.raises(configure.ConfigureError) as caught:
        configure.check("AMI_SECRET", "hush;hush")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPOOL_DIR", "/home/a person/ünder/call_center-1.0"),
        ("AMI_PERMIT", "10.1.0.0/16"),
        ("LISTEN", "0.0.0.0"),
        ("LISTEN", "::1"),
        ("CARRIER_HOST", "carrier"),
        ("CARRIER_HOST", "sip.example.com"),
        ("SIP_PORT", 5060),
    ],
)
def test_good_values_pass(name, value):
    assert configure.check(name, value) == str(value)


def test_the_range_of_ports_has_to_rise(tmp_path):
    with pytest.raises(configure.ConfigureError, match="RTP_START"):
        configure.render(ASTERISK / "pbx", tmp_path, {**PBX, "RTP_START": 10499})


def test_a_folder_too_deep_for_a_socket_is_named(tmp_path):
    deep = "/" + "/".join(["folder"] * 20)
    with pytest.raises(configure.ConfigureError, match="too long a path for a socket"):
        configure.render(ASTERISK / "pbx", tmp_path, {**PBX, "RUN_DIR": deep})


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source/a.conf").write_text("@SPOOL_DIR@ @LOG_DIR@")
    values = {"SPOOL_DIR": "/x/@LOG_DIR@", "LOG_DIR": "/log"}
    configure.render(tmp_path / "source", tmp_path / "etc", values)
    assert (tmp_path / "etc/a.conf").read_text() == "/x/@LOG_DIR@ /log"


def test_what_odoo_writes_has_a_place_from_the_start(tmp_path):
    configure.render(ASTERISK / "pbx", tmp_path, PBX)
    written = {path.name for path in (tmp_path / "odoo").iterdir()}
    assert written == {"pjsip_wizard_000.conf", "queues_000.conf"}


def test_the_demonstrations_extensions_and_trunk(tmp_path):
    configure.render(ASTERISK / "pbx", tmp_path, PBX, demonstration=True)
    text = (tmp_path / "odoo/pjsip_wizard_000.conf").read_text()
    assert re.findall(r"^\[(\w+)\](.*)$", text, re.M) == [
        ("w0", "(!)"),
        ("1986", "(w0)"),
        ("1987", "(w0)"),
        ("1988", "(w0)"),
    ]
    extensions = sections(text)
    assert "endpoint/webrtc = yes" in extensions["1986"]
    assert "endpoint/webrtc = yes" not in extensions["1987"]
    assert f"inbound_auth/password = {SECRET}" in extensions["1988"]
    assert "endpoint/allow_transfer = no" in extensions["w0"]
    trunk = sections((tmp_path / "odoo/pjsip_wizard_trunks.conf").read_text())
    assert list(trunk) == ["carrier"]
    assert "remote_hosts = 127.0.0.1:5080" in trunk["carrier"]
    assert "endpoint/allow_transfer = no" in trunk["carrier"]


def test_what_odoo_wrote_is_never_touched(tmp_path):
    configure.render(ASTERISK / "pbx", tmp_path, PBX, demonstration=True)
    first = ";!\n;! Generator: Manager\n;!\n[1986](w0)\n"
    (tmp_path / "odoo/pjsip_wizard_000.conf").write_text(first)
    (tmp_path / "odoo/pjsip_wizard_001.conf").write_text("[1999]\n")
    configure.render(ASTERISK / "pbx", tmp_path, PBX, demonstration=True)
    assert (tmp_path / "odoo/pjsip_wizard_000.conf").read_text() == first
    assert (tmp_path / "odoo/pjsip_wizard_001.conf").read_text() == "[1999]\n"


def test_the_trunk_follows_the_port_until_odoo_has_taken_it_over(tmp_path):
    configure.render(ASTERISK / "pbx", tmp_path, PBX, demonstration=True)
    other = {**PBX, "CARRIER_SIP_PORT": 15080}
    configure.render(ASTERISK / "pbx", tmp_path, other, demonstration=True)
    trunk = (tmp_path / "odoo/pjsip_wizard_trunks.conf").read_text()
    assert "remote_hosts = 127.0.0.1:15080" in trunk


def test_writing_again_gives_the_same_files(tmp_path):
    configure.render(ASTERISK / "pbx", tmp_path, PBX)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    configure.render(ASTERISK / "pbx", tmp_path, PBX)
    again = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert first == again


def test_the_folders_of_an_unpacked_root(tmp_path):
    (tmp_path / "root/usr/lib/any-triplet/asterisk/modules").mkdir(parents=True)
    values = configure.folders(tmp_path / "run", tmp_path / "root")
    assert values["MODULE_DIR"].endswith("any-triplet/asterisk/modules")
    configure.make_folders(values)
    assert (tmp_path / "run/spool/recording").is_dir()
    assert (tmp_path / "run/lib/keys").is_dir()


def test_a_root_without_asterisk_is_named(tmp_path):
    with pytest.raises(configure.ConfigureError, match="no Asterisk modules"):
        configure.folders(tmp_path, tmp_path)


def test_command_line_with_a_file_and_the_environment(tmp_path, monkeypatch, capsys):
    values = tmp_path / "values.json"
    values.write_text(json.dumps({**PBX, "AMI_PORT": 1}))
    monkeypatch.setenv("AMI_PORT", "5555")
    arguments = [str(ASTERISK / "pbx"), str(tmp_path / "etc")]
    arguments += ["--values", str(values), "--environment", "--demonstration"]
    assert configure.main(arguments) == 0
    assert "port = 5555" in (tmp_path / "etc/manager.conf").read_text()
    assert "files in" in capsys.readouterr().out


def test_the_secrets_of_a_run_become_values(tmp_path):
    secrets = {
        "ami_user": "odoo",
        "ami_secret": SECRET,
        "passwords": {"admin": "no value"},
        "extensions": {"1987": "s3cret-of-1987"},
    }
    assert configure.secret_values(secrets) == {
        "AMI_USER": "odoo",
        "AMI_SECRET": SECRET,
        "EXTENSION_1987_SECRET": "s3cret-of-1987",
    }
    (tmp_path / "secrets.json").write_text(json.dumps(secrets))
    (tmp_path / "source").mkdir()
    (tmp_path / "source/manager.conf").write_text("secret = @AMI_SECRET@")
    arguments = [str(tmp_path / "source"), str(tmp_path / "etc")]
    arguments += ["--secrets", str(tmp_path / "secrets.json")]
    assert configure.main(arguments) == 0
    assert (tmp_path / "etc/manager.conf").read_text() == f"secret = {SECRET}"


def test_command_line_tells_what_is_wrong(tmp_path, capsys):
    assert configure.main([str(ASTERISK / "pbx"), str(tmp_path / "etc")]) == 1
    errors = capsys.readouterr().err
    assert "configure: AMI_SECRET: is missing" in errors
    assert "configure: SIP_PORT: is missing" in errors
