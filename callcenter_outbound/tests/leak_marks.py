"""Marks: values that stand nowhere else, planted in what must stay hidden.

A mark that turns up in an answer tells by its label where it was planted.
"""

import base64
import hashlib
import io
import re
from datetime import date, timedelta

from PIL import Image

#: What each text mark begins with: no word of any language does.
TEXT_PREFIX = "zqxj"
TEXT_MARK = re.compile(TEXT_PREFIX + "[b-y]{12}")
#: Phones show the same digits with other separators, or with none.
BETWEEN_DIGITS = re.compile(r"(?<=\d)(?: |-|\.|\(|\)|\u00a0|%20)+(?=\d)")
DIGITS = re.compile(r"\d{9,}")
DIGIT_MARK_LENGTH = 9
#: Days of a century of which nothing else is dated, each of a year of its own.
DAY = re.compile(
    r"\b(18\d\d)-\d\d-\d\d"
    r"|\b\d\d/\d\d/(18\d\d)\b"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* (?:\d+, )?(18\d\d)\b"
)
IMAGE_SIZE = 8


class Marks:
    """Makes marks, each from its label, and finds them again in any text."""

    def __init__(self, seed):
        """
        :param seed: text that nobody else knows, so that no other text holds a mark
        """
        self._seed = seed
        self._texts = {}
        self._digits = {}
        self._years = {}
        self._contents = {}
        self.labels = set()

    def _hash(self, label):
        self.labels.add(label)
        return hashlib.blake2b(f"{self._seed} {label}".encode()).digest()

    def text(self, label):
        """:return: a word of small letters"""
        letters = "".join(chr(ord("b") + byte % 24) for byte in self._hash(label)[:12])
        self._texts[TEXT_PREFIX + letters] = label
        return TEXT_PREFIX + letters

    def integer(self, label):
        """:return: a number of nine digits, which PostgreSQL's integer holds"""
        number = (
            int.from_bytes(self._hash(label)[:4], "big") % 800_000_000 + 111_111_111
        )
        while self._digits.get(str(number), label) != label:
            number += 1
        self._digits[str(number)] = label
        return number

    def phone(self, label):
        """:return: a phone number as people type it, a valid one of China"""
        digits = str(self.integer(label))
        return f"+86 13{digits[0]} {digits[1:5]} {digits[5:]}"

    def day(self, label):
        """:return: a day of the 19th century"""
        year = 1800 + self._hash(label)[0] % 100
        while self._years.get(year, label) != label:
            year = 1800 + (year - 1799) % 100
        self._years[year] = label
        return date(year, 1, 1) + timedelta(days=self._hash(label)[1])

    def image(self, label):
        """:return: a picture, base64 encoded, of one colour"""
        colour = tuple(self._hash(label)[:3])
        output = io.BytesIO()
        Image.new("RGB", (IMAGE_SIZE, IMAGE_SIZE), colour).save(output, "PNG")
        content = base64.b64encode(output.getvalue())
        self.content(label, content)
        return content

    def content(self, label, encoded):
        """Count base64 text among the marks, as is and decoded."""
        text = encoded.decode() if isinstance(encoded, bytes) else encoded
        self._contents.setdefault(text, label)
        self._contents.setdefault(base64.b64decode(text).decode("latin-1"), label)

    def find(self, text):
        """:return: set of the labels of the marks that ``text`` holds"""
        found = set()
        small = text.casefold()
        for word in TEXT_MARK.findall(small):
            found.add(self._texts.get(word, f"a broken mark: {word}"))
        found |= self._find_digits(small)
        for groups in DAY.findall(text):
            year = int("".join(groups))
            if year in self._years:
                found.add(self._years[year])
        found.update(
            label for content, label in self._contents.items() if content in text
        )
        return found

    def _find_digits(self, text):
        return {
            self._digits[window]
            for run in DIGITS.findall(BETWEEN_DIGITS.sub("", text))
            for window in (
                run[start : start + DIGIT_MARK_LENGTH]
                for start in range(len(run) - DIGIT_MARK_LENGTH + 1)
            )
            if window in self._digits
        }
