import io
import wave

RATE = 8000


def wav(seconds):
    """A silent recording as Asterisk writes them: 8 kHz, 16 bit, mono."""
    content = io.BytesIO()
    with wave.open(content, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE)
        recording.writeframes(b"\0\0" * int(seconds * RATE))
    return content.getvalue()


def unfinished_wav(seconds):
    """The same as a PBX leaves it that was killed: the header says length 0."""
    content = bytearray(wav(seconds))
    content[4:8] = content[40:44] = b"\0\0\0\0"
    return bytes(content)
