"""Reads recorded AMI streams (``captures/``): what a real Asterisk 22.10.1 sent."""

from pathlib import Path

FOLDER = Path(__file__).parent / "captures"


def messages(name):
    """Return a capture's messages in order, those that the client sent left out."""
    found = []
    for block in (FOLDER / f"{name}.txt").read_text("utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and line[0] not in "#>"]
        message = {}
        for line in lines:
            header, separator, value = line.partition(": ")
            if separator:
                message.setdefault(header, value)
            elif line.endswith(":"):
                message.setdefault(line[:-1], "")
        if message:
            found.append(message)
    return found


def call_keys(name):
    """Return the channel ids that the client chose, in order."""
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    prefix = ">>> ChannelId: "
    return [
        line.removeprefix(prefix)
        for line in text.splitlines()
        if line.startswith(prefix)
    ]
