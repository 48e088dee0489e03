"""The measure of audio, on waves whose content is known."""

import io
import math
import random
import wave

import pytest

from tests.e2e import audio


def make_wave(*channels, rate=8000):
    """Return the contents of a WAV file."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        values = [value for frame in zip(*channels, strict=True) for value in frame]
        data = b"".join(
            round(value * 32767).to_bytes(2, "little", signed=True) for value in values
        )
        file.writeframes(data)
    return stream.getvalue()


def sine(hz, seconds, rate=8000, level=0.3):
    """Return the samples of a tone."""
    step = 2 * math.pi * hz / rate
    return [level * math.sin(step * i) for i in range(int(seconds * rate))]


def mix(*waves):
    """Return the sum of waves of the same length."""
    return [sum(values) for values in zip(*waves, strict=True)]


@pytest.mark.parametrize("hz", [400, 420, 1000, 2380])
def test_finds_the_pitch_of_a_tone(hz):
    (sound,) = audio.parse(make_wave(sine(hz, 2)))
    (tone,) = sound.tones()
    assert tone.hz == pytest.approx(hz, abs=2)
    assert tone.share > 0.95
    assert sound.tone_share(hz) > 0.95
    assert sound.tone_share(hz + 20) < 0.02


def test_finds_both_sides_of_a_conversation():
    (sound,) = audio.parse(make_wave(mix(sine(460, 2), sine(1000, 2, level=0.2))))
    pitches = [tone.hz for tone in sound.tones(count=5)]
    assert pitches == [pytest.approx(460, abs=2), pytest.approx(1000, abs=2)]


def test_a_tone_shorter_than_a_window_is_found():
    (sound,) = audio.parse(make_wave(sine(600, 0.4)))
    assert sound.tones()[0].hz == pytest.approx(600, abs=3)


def test_length_and_silence():
    (sound,) = audio.parse(make_wave([0.0] * 8000 + sine(500, 3)))
    assert sound.seconds == 4
    assert sound.silence_share == pytest.approx(0.25, abs=0.01)
    assert sound.between(0, 1).silence_share == 1
    assert sound.between(1, 4).silence_share == 0


def test_silence_has_no_tone():
    (sound,) = audio.parse(make_wave([0.0] * 16000))
    assert sound.tones() == []
    assert sound.tone_share(500) == 0
    assert sound.level == 0


def test_noise_has_no_tone():
    source = random.Random(1)
    (sound,) = audio.parse(make_wave([source.uniform(-0.3, 0.3) for _ in range(32000)]))
    assert sound.tones() == []


def test_channels_are_told_apart():
    left, right = audio.parse(make_wave(sine(440, 2), sine(880, 2)))
    assert left.tones()[0].hz == pytest.approx(440, abs=3)
    assert right.tones()[0].hz == pytest.approx(880, abs=3)


def test_a_file_whose_writer_was_killed_is_read():
    data = bytearray(make_wave(sine(700, 2)))
    data[4:8] = data[40:44] = bytes(4)
    (sound,) = audio.parse(bytes(data))
    assert sound.seconds == 2
    assert sound.tones()[0].hz == pytest.approx(700, abs=2)


def test_an_empty_recording_is_silence():
    (sound,) = audio.parse(make_wave([]))
    assert sound.seconds == 0
    assert sound.silence_share == 1
    assert sound.tones() == []


@pytest.mark.parametrize("data", [b"", b"RIFF", b"OggS" + bytes(40)])
def test_other_files_are_refused(data):
    with pytest.raises(ValueError, match="no WAV"):
        audio.parse(data)
