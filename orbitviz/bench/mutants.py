"""Damaged files made from sound ones, the same ones for the same number: what the bench and the tests show the gate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

Random = np.random.Generator
SIGNATURES = (
    b"TREE",
    b"SNOD",
    b"HEAP",
    b"OHDR",
    b"OCHK",
    b"FRHP",
    b"FHDB",
    b"FHIB",
    b"BTHD",
    b"BTLF",
    b"GCOL",
    b"FAHD",
)
NUMBERS = (0, 1, 2, 255, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1)
WORDS = (
    *("nan", "inf", "-1", "0", "1e999", "9" * 400, "[" * 400, "{" * 400, "a." * 300, "\x00", "\ufeff", "\ud7ff", "''"),
    *('"""', "\n" * 300, "," * 500, "../../etc/passwd", "/dev/zero", "1979-05-27T07:32:00Z", "[[tle]]\nfile='..'\n"),
)


@dataclass(frozen=True)
class Seed:
    """A sound file: its bytes, its ending, and where its structure lies."""

    name: str
    data: bytes
    suffix: str
    places: tuple[int, ...] = ()

    @classmethod
    def of(cls, path: Path) -> Seed:
        """From a file; of an HDF5 file the addresses of its objects and trees are looked up."""
        data = path.read_bytes()
        if not data.startswith(b"\x89HDF"):
            return cls(path.stem, data, path.suffix)
        places = {0, *(match.start() for word in SIGNATURES for match in re.finditer(word, data))}
        with h5py.File(path, "r", locking=False) as file:
            file.visititems(lambda _, thing: places.add(int(h5py.h5o.get_info(thing.id).addr)))
        return cls(path.stem, data, path.suffix, tuple(sorted(places)))


def mutants(seeds: list[Seed], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(ending, bytes) of `count` files, the same ones for the same seeds and number."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        chosen = seeds[int(random.integers(len(seeds)))]
        ways = _BINARY if chosen.places else _TEXT
        data = bytearray(chosen.data)
        for _ in range(int(random.choice((1, 1, 1, 2, 4)))):
            other = seeds[int(random.integers(len(seeds)))]
            ways[int(random.integers(len(ways)))](data, chosen, other, random)
        yield chosen.suffix, bytes(data)


def _place(data: bytearray, seed: Seed, random: Random) -> int:
    """A byte of the structure, seldom any other."""
    if not seed.places or random.random() < 0.15:
        return int(random.integers(max(1, len(data))))
    near = int(random.choice(seed.places)) + int(random.integers(320))
    return min(near, max(0, len(data) - 1))


def _bytes(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    for _ in range(int(random.integers(1, 9))):
        if data:
            data[_place(data, seed, random)] = int(random.integers(256))


def _bit(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    if data:
        data[_place(data, seed, random)] ^= 1 << int(random.integers(8))


def _cut(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    del data[int(random.integers(len(data) + 1)) :]


def _hole(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    start = _place(data, seed, random)
    del data[start : start + int(random.integers(1, 64))]


def _splice(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    """A piece of this or another file over this one."""
    source, length = other.data, int(random.integers(8, 512))
    start = int(random.integers(max(1, len(source) - length)))
    target = _place(data, seed, random)
    data[target : target + length] = source[start : start + length]


def _swap(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    length = int(random.choice((8, 16, 64, 512)))
    one, two = sorted((_place(data, seed, random), _place(data, seed, random)))
    if one + length <= two and two + length <= len(data):
        data[one : one + length], data[two : two + length] = data[two : two + length], data[one : one + length]


def _number(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    """A length, count or address blown up, or another place of the file."""
    width = int(random.choice((1, 2, 4, 8)))
    numbers = (*NUMBERS, len(data), *(seed.places or (0,)))
    value = int(numbers[int(random.integers(len(numbers)))]) % (1 << (8 * width))
    start = _place(data, seed, random) // width * width
    data[start : start + width] = value.to_bytes(width, "little")


def _header(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    for _ in range(int(random.integers(1, 4))):
        if len(data) > 96:
            data[int(random.integers(8, 96))] = int(random.choice((0, 1, 2, 3, 8, 16, 127, 255)))


def _message(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    """The kind, or the length, of a message of an object: dataspace, datatype, layout, filters, attribute, link."""
    start = int(random.choice(seed.places)) + 16 + 8 * int(random.integers(24))
    if start + 4 <= len(data):
        kind, length = int(random.integers(0x19)), int(random.choice((0, 1, 8, 24, 40, 255, 65528)))
        data[start : start + 2] = kind.to_bytes(2, "little")
        if random.random() < 0.5:
            data[start + 2 : start + 4] = length.to_bytes(2, "little")


def _word(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    start = int(random.integers(len(data) + 1))
    data[start:start] = WORDS[int(random.integers(len(WORDS)))].encode("utf-8", "replace")


def _value(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    """One number of a text becomes another word."""
    found = list(re.finditer(rb"[-+]?\d+(\.\d+)?", bytes(data[:20000])))
    if found:
        match = found[int(random.integers(len(found)))]
        data[match.start() : match.end()] = WORDS[int(random.integers(len(WORDS)))].encode("utf-8", "replace")


def _repeat(data: bytearray, seed: Seed, other: Seed, random: Random) -> None:
    start = int(random.integers(len(data) + 1))
    piece = bytes(data[start : start + int(random.integers(1, 200))])
    data[start:start] = piece * int(random.integers(1, 200))


Way = Callable[[bytearray, Seed, Seed, Random], None]
_BINARY: tuple[Way, ...] = (
    _bytes,
    _bytes,
    _bit,
    _cut,
    _hole,
    _splice,
    _swap,
    _number,
    _number,
    _number,
    _header,
    _message,
)
_TEXT: tuple[Way, ...] = (_bytes, _bit, _cut, _hole, _splice, _swap, _word, _word, _value, _value, _repeat)
