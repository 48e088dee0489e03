"""Debian packages: installed on the machine, or unpacked below the prefix.

What is unpacked comes through a private apt: own list of sources, own state, Debian's
own keyring and the mirror that the machine's apt is set up with. So the signed index
checks each package, and nothing of the machine changes.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import steps, users
from .steps import StepFailed

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

NETWORK_HINT = "look whether the network and apt's mirror answer, then run again"


def install(packages: Sequence[str], log: Path) -> None:
    """Install packages on the machine."""
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    apt = users.as_administrator(["apt-get", "-q", "-y"])
    with steps.step(f"Installing Debian packages: {', '.join(packages)}"):
        steps.run([*apt, "update"], log, hint=NETWORK_HINT, env=environment)
        options = ["--no-install-recommends", "install"]
        command = [*apt, *options, *packages]
        steps.run(command, log, hint=NETWORK_HINT, env=environment)


def need(present: Callable[[], object], packages: Sequence[str], log: Path) -> None:
    """Install packages unless what they bring is there."""
    if not present():
        install(packages, log)


def mirror() -> str:
    """Return the Debian mirror that the machine's own apt uses.

    :raise StepFailed: when there is none
    """
    release = _os_release().get("VERSION_CODENAME", "")
    command = ["apt-get", "indextargets", "--format"]
    command.append("$(CREATED_BY)|$(COMPONENT)|$(RELEASE)|$(ORIGIN)|$(SITE)")
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    names = (release, "stable", "testing", "sid", "unstable")
    sites = {}
    for line in listing.stdout.splitlines():
        created_by, component, suite, origin, site = line.split("|", 4)
        if created_by == "Packages" and component == "main" and suite in names:
            sites.setdefault(origin, site)
    # The origin is known once the machine's index was fetched. Others than Debian may
    # call their suites alike.
    for site in (sites.get("Debian"), *sites.values()):
        if site:
            return site
    raise StepFailed(
        "apt has no Debian mirror set up (this is for Debian 12 and newer)",
        hint="add Debian's main component to /etc/apt/sources.list.d",
    )


def _os_release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {name: value.strip('"') for name, value in pairs}


#: Those whose index is new.
_updated: set["PrivateApt"] = set()


@dataclass(frozen=True)
class PrivateApt:
    """An apt of the project's own, for packages of another suite of Debian."""

    folder: Path
    suite: str
    log: Path

    def update(self) -> None:
        """Fetch the signed index of the suite, once in a command."""
        if self in _updated:
            return
        self._write_configuration()
        with steps.step(f"Fetching the index of Debian {self.suite}"):
            command = ["apt-get", "-q", "update", "--error-on=any"]
            steps.run(command, self.log, hint=NETWORK_HINT, env=self._environment())
        _updated.add(self)

    def candidate(self, package: str) -> str:
        """Return the version that would be fetched.

        :raise StepFailed: when the suite does not have the package
        """
        listing = self._read("apt-cache", "policy", package)
        found = re.search(r"Candidate: (\S+)", listing)
        if not found or found[1] == "(none)":
            raise StepFailed(
                f"Debian {self.suite} has no package {package} on {mirror()}",
                hint="another mirror may have it; the package may have a new name: "
                "then change dev/versions.py",
            )
        return found[1]

    def depends(self, package: str, name: str) -> list[str]:
        """Return the direct dependencies of a package whose name fits a pattern.

        Those of which any one of several would do are left out.
        """
        listing = self._read("apt-cache", "depends", "--important", package)
        choices = r"(^ \|Depends: .*\n)+^  Depends: .*\n"
        listing = re.sub(choices, "", listing, flags=re.MULTILINE)
        found = re.findall(r"^  Depends: (\S+)$", listing, re.MULTILINE)
        return [each for each in found if re.fullmatch(name, each)]

    def fetch(self, packages: Sequence[str], title: str) -> list[Path]:
        """Fetch packages without their dependencies; apt checks the hashes."""
        return self._fetch(["download", *packages], title)

    def fetch_closure(self, packages: Sequence[str], title: str) -> list[Path]:
        """Fetch packages with all that they depend on."""
        return self._fetch(["--download-only", "install", *packages], title)

    def _fetch(self, arguments: Sequence[str], title: str) -> list[Path]:
        # What is there already is not listed: so ask as if nothing was.
        nothing = f"Dir::Cache::archives={self.folder / 'nothing'}"
        question = ["apt-get", "-y", "--print-uris", "-o", nothing, *arguments]
        found = re.findall(r"^'\S+' (\S+) (\d+) ", self._read(*question), re.MULTILINE)
        archives = self.folder / "archives"
        paths = [archives / name for name, _size in found]
        missing = [
            int(size)
            for (_name, size), path in zip(found, paths, strict=True)
            if not path.is_file() or path.stat().st_size != int(size)
        ]
        if missing:
            with steps.step(f"Fetching {title}", sum(missing)):
                command = ["apt-get", "-q", "-y", *arguments]
                options = {"env": self._environment(), "cwd": archives}
                steps.run(command, self.log, hint=NETWORK_HINT, **options)
        return paths

    def _read(self, *command: str) -> str:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, **self._environment()},
            check=False,
        )
        if done.returncode:
            message = f"{' '.join(command)}: {done.stderr.strip()}"
            raise StepFailed(message, self.log, NETWORK_HINT)
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return {"APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C.UTF-8"}

    def _write_configuration(self) -> None:
        for name in ("state/lists/partial", "archives/partial", "nothing/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        sources = f"deb [signed-by={KEYRING}] {mirror()} {self.suite} main\n"
        (self.folder / "sources.list").write_text(sources)
        (self.folder / "apt.conf").write_text(self._configuration())

    def _configuration(self) -> str:
        values = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder,
            "Dir::Cache::archives": self.folder / "archives",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            # A mirror may be older than its release file allows.
            "Acquire::Check-Valid-Until": "false",
        }
        return "".join(f'{name} "{value}";\n' for name, value in values.items())


def unpack(packages: Sequence[Path], root: Path, log: Path) -> None:
    """Unpack packages into one folder, which appears only when it is whole."""
    partial = root.with_name(f"{root.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for package in packages:
        steps.run(["dpkg-deb", "--extract", package, partial], log)
    partial.chmod(0o755)
    shutil.rmtree(root, ignore_errors=True)
    partial.rename(root)
