"""The simulated carrier: a second Asterisk; the number decides what happens there."""

from . import asterisk
from .settings import Settings

NAME = "carrier"


def prepare(settings: Settings) -> None:
    """Write the carrier's configuration."""
    values = {
        "SIP_PORT": settings.carrier_sip_port,
        "AMI_PORT": settings.carrier_ami_port,
        "RTP_START": settings.carrier_rtp_start,
        "RTP_END": settings.carrier_rtp_end,
        "PBX_SIP_PORT": settings.sip_port,
    }
    asterisk.configure(settings, NAME, values)


def start(settings: Settings) -> None:
    """Start the carrier, and wait until it has booted."""
    asterisk.start_instance(settings, NAME)


def stop(settings: Settings) -> None:
    """Stop the carrier."""
    asterisk.stop_instance(settings, NAME)
