"""What a WAV file sounds like: its tones, its length, how much of it is silence.

Standard library only. The files are those that Asterisk, the simulated carrier and the
scripted phones write: 16 bits, mostly 8 kHz and one channel.
"""

import array
import cmath
import math
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

#: Of the full scale, below which a piece of 20 ms counts as silence: about -46 dB.
SILENCE = 0.005

#: Samples of one spectrum: 1 Hz a line at 8 kHz.
WINDOW = 8192


@dataclass(frozen=True)
class Tone:
    """A tone: its pitch, and its part of the whole energy (0 to 1)."""

    hz: float
    share: float


@dataclass(frozen=True)
class Sound:
    """Samples of one channel, from -1 to 1."""

    rate: int
    samples: list[float]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    @property
    def silence_share(self) -> float:
        """Which part of it is silence, by pieces of 20 ms; 1 for an empty file."""
        pieces = self._levels()
        if not pieces:
            return 1.0
        return sum(level < SILENCE for level in pieces) / len(pieces)

    @property
    def level(self) -> float:
        """Its effective value (RMS), from 0 to 1."""
        if not self.samples:
            return 0.0
        return math.sqrt(sum(s * s for s in self.samples) / len(self.samples))

    def between(self, start: float, end: float) -> "Sound":
        """Return a part of it, in seconds."""
        part = self.samples[int(start * self.rate) : int(end * self.rate)]
        return Sound(self.rate, part)

    def tones(self, count: int = 1, floor: float = 0.02) -> list[Tone]:
        """Return its strongest tones, the strongest first.

        :param floor: what has a smaller part of the energy is no tone
        """
        spectrum = self._spectrum()
        total = sum(spectrum)
        if not total:
            return []
        step = self.rate / WINDOW
        found = []
        while len(found) < count:
            peak = max(range(len(spectrum)), key=spectrum.__getitem__)
            # The lines around a peak belong to it: 6 Hz to each side at 8 kHz.
            low, high = max(peak - 6, 0), min(peak + 7, len(spectrum))
            energy = sum(spectrum[low:high])
            if energy / total < floor:
                break
            centre = sum(i * spectrum[i] for i in range(low, high)) / energy
            found.append(Tone(round(centre * step, 1), round(energy / total, 3)))
            spectrum[low:high] = [0.0] * (high - low)
        return found

    def tone_share(self, hz: float, width: float = 8) -> float:
        """Return which part of the energy lies around a pitch."""
        spectrum = self._spectrum()
        total = sum(spectrum)
        if not total:
            return 0.0
        step = self.rate / WINDOW
        near = (p for i, p in enumerate(spectrum) if abs(i * step - hz) <= width)
        return sum(near) / total

    def _levels(self) -> list[float]:
        size = self.rate // 50
        starts = range(0, len(self.samples) - size + 1, size)
        return [
            math.sqrt(sum(s * s for s in self.samples[i : i + size]) / size)
            for i in starts
        ]

    def _spectrum(self) -> list[float]:
        """Return the energy by line, the mean of windows that overlap by half."""
        samples = self.samples
        if len(samples) < WINDOW:
            samples = samples + [0.0] * (WINDOW - len(samples))
        power = [0.0] * (WINDOW // 2)
        for start in range(0, len(samples) - WINDOW + 1, WINDOW // 2):
            piece = samples[start : start + WINDOW]
            mean = sum(piece) / WINDOW
            lines = _fft([(s - mean) * w for s, w in zip(piece, _HANN, strict=True)])
            for i in range(WINDOW // 2):
                power[i] += abs(lines[i]) ** 2
        return power


_HANN = [0.5 - 0.5 * math.cos(2 * math.pi * i / WINDOW) for i in range(WINDOW)]


def _fft(values: list[complex]) -> list[complex]:
    """Return the Fourier transform of a list whose length is a power of two."""
    size = len(values)
    if size == 1:
        return values
    even, odd = _fft(values[0::2]), _fft(values[1::2])
    turns = _turns(size)
    odd = [turn * value for turn, value in zip(turns, odd, strict=True)]
    return [a + b for a, b in zip(even, odd, strict=True)] + [
        a - b for a, b in zip(even, odd, strict=True)
    ]


_TURNS: dict[int, list[complex]] = {}


def _turns(size: int) -> list[complex]:
    if size not in _TURNS:
        step = -2j * math.pi / size
        _TURNS[size] = [cmath.exp(step * i) for i in range(size // 2)]
    return _TURNS[size]


def read(path: str | Path) -> list[Sound]:
    """Return the channels of a WAV file."""
    return parse(Path(path).read_bytes())


def read_mono(path: str | Path) -> Sound:
    """Return the only channel of a WAV file."""
    (sound,) = read(path)
    return sound


def parse(data: bytes) -> list[Sound]:
    """Return the channels of the contents of a WAV file.

    A length of 0 in the header is forgiven: a file that is still being written, or
    whose writer was killed, has all of its audio and only that wrong.

    :raise ValueError: for anything but 16 bits PCM
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("no WAV file")
    place, layout, audio = 12, None, None
    while place + 8 <= len(data) and audio is None:
        name, length = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"fmt ":
            layout = struct.unpack_from("<HHIIHH", data, place)
        elif name == b"data":
            audio = data[place : place + length] if length else data[place:]
        place += length + length % 2
    if layout is None or audio is None:
        raise ValueError("no audio in the WAV file")
    encoding, channels, rate, _, _, bits = layout
    if encoding != 1 or bits != 16:
        raise ValueError(f"not 16 bits PCM: encoding {encoding}, {bits} bits")
    values = array.array("h", audio[: len(audio) - len(audio) % (2 * channels)])
    if sys.byteorder == "big":
        values.byteswap()
    samples = [value / 32768 for value in values]
    return [Sound(rate, samples[channel::channels]) for channel in range(channels)]
