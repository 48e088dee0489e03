"""A PBX and a simulated carrier of a test module's own, without Odoo."""

from dataclasses import replace

from dev import asterisk, carrier, secrets_file, users
from dev.phones import Phone
from dev.settings import first_port, free_ports
from tests.e2e.carrier import CarrierLog

#: The ports that each pair needs, beside those for voice.
PORTS = ("ami_port", "ari_port", "sip_port", "carrier_sip_port", "carrier_ami_port")


class Telephony:
    """A PBX, a carrier and phones in a run folder of their own.

    :param settings: the settings of the test run
    :param run_name: the folder, below PREFIX
    :param voice: first of the thousand ports for voice
    :param demonstration: whether the PBX has the demonstration's phones and trunk
    """

    def __init__(
        self, settings, run_name: str, voice: int, *, demonstration: bool = True
    ):
        self.demonstration = demonstration
        self.run = settings.prefix / run_name
        ports = free_ports(len(PORTS), first_port(self.run))
        self.settings = replace(
            settings,
            run_name=run_name,
            listen="127.0.0.1",
            **dict(zip(PORTS, ports, strict=True)),
            rtp_start=voice,
            rtp_end=voice + 499,
            carrier_rtp_start=voice + 500,
            carrier_rtp_end=voice + 999,
        )
        self.carrier_log = CarrierLog(self.run / "carrier/log/calls.jsonl")

    def start(self) -> None:
        """Start both, with nothing left of an earlier session."""
        users.make_folder(self.run)
        for pattern in ("*/log/*.log", "pbx/etc/odoo/*", "pbx/spool/recording/*"):
            for path in self.run.glob(pattern):
                path.unlink()
        self.carrier_log.path.unlink(missing_ok=True)
        carrier.prepare(self.settings)
        asterisk.prepare(self.settings, demonstration=self.demonstration)
        carrier.start(self.settings)
        asterisk.start(self.settings)

    def stop(self) -> None:
        """Stop both."""
        asterisk.stop(self.settings)
        carrier.stop(self.settings)

    @property
    def secrets(self) -> dict:
        """The run's secrets."""
        return secrets_file.read(self.settings)

    def phone(self, number: str, answer: str, secret: str = "", **options) -> Phone:
        """Return a phone of one extension, not yet started."""
        return Phone(
            number,
            secret or self.secrets["extensions"][number],
            self.run / "phones" / number,
            sip_port=self.settings.sip_port,
            answer=answer,
            **options,
        )

    def ask(self, question: str) -> str:
        """Return what the PBX answers on its console."""
        return asterisk.ask(self.settings, "pbx", question)
