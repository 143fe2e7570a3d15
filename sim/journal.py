"""The journal of an unfinished run, which alone says which blocks count.

A line is `<crc32 in hex> <json>`; the first is the header, each further one a finished block. The file of a
block is whole and on the disk before its line is written.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .durable import sync_directory, write_all
from .folder import JOURNAL

FORMAT = 1


@dataclass(frozen=True)
class Header:
    """What a partial folder belongs to.

    Args:
        fingerprint: hex; two runs may share a folder only if theirs are the same.
        experiment: the resolved spec, JSON-serialisable; it explains a fingerprint that differs.
        format: of the journal and the block files.
    """

    fingerprint: str
    experiment: dict[str, Any]
    format: int = FORMAT


@dataclass(frozen=True)
class Entry:
    """A finished block: its condition's index and its own, its file's name, size and sha256 in hex."""

    condition: int
    block: int
    file: str
    bytes: int
    sha256: str


Entries = dict[tuple[int, int], Entry]


class Account(NamedTuple):
    """What a journal says.

    Args:
        header: None when unreadable.
        entries: (condition index, block index) -> the block, of those that count.
        listed: how many blocks were ever written down.
    """

    header: Header | None
    entries: Entries
    listed: int


class Journal:
    """The open journal of the process that holds the lock: it starts at what counts and grows by lines."""

    def __init__(self, path: Path, header: Header):
        data = path.read_bytes() if path.exists() else b""
        self._length = _counted_length(data)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.ftruncate(self._file, self._length)
            if self._length == 0:
                self._append(asdict(header))
                sync_directory(path.parent)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, entry: Entry) -> None:
        """Writes a block down; on return it counts, and on an OSError it does not."""
        self._append(asdict(entry))

    def close(self) -> None:
        """Closes the file; what it says stays."""
        os.close(self._file)

    def _append(self, record: dict[str, Any]) -> None:
        line = _line(record)
        try:
            write_all(self._file, line)
            os.fsync(self._file)
        except BaseException:
            # Half a line would make every later one unreadable.
            os.ftruncate(self._file, self._length)
            raise
        self._length += len(line)


def read_journal(folder: Path) -> Account:
    """What the journal in `folder` says, of which only blocks with a file of the right size count."""
    try:
        records = [json.loads(text) for text in _lines((folder / JOURNAL).read_bytes())]
        header = Header(**records[0])
        listed = [Entry(**record) for record in records[1:]] if header.format == FORMAT else []
    except (OSError, IndexError, TypeError, ValueError):
        return Account(None, {}, 0)
    # A block that had to be computed anew stands there twice: the last line holds.
    entries = {(entry.condition, entry.block): entry for entry in listed}
    whole = {key: entry for key, entry in entries.items() if _size(folder / entry.file) == entry.bytes}
    return Account(header, whole, len(entries))


def as_json(value: Any) -> str:
    """Compact JSON, in which NumPy's numbers and arrays stand as plain ones."""

    def plain(other: Any) -> Any:
        if isinstance(other, np.generic | np.ndarray):
            return other.tolist()
        raise TypeError(f"{type(other).__name__} cannot be written as JSON")

    return json.dumps(value, default=plain, separators=(",", ":"))


def _line(record: dict[str, Any]) -> bytes:
    text = as_json(record).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _lines(data: bytes) -> Iterator[bytes]:
    """The text of each whole line up to the first that is torn or does not match its checksum."""
    *lines, _torn = data.split(b"\n")
    for line in lines:
        checksum, _, text = line.partition(b" ")
        if checksum != b"%08x" % zlib.crc32(text):
            return
        yield text


def _counted_length(data: bytes) -> int:
    return sum(len(text) + 10 for text in _lines(data))  # the checksum's 8 digits, the space and the newline


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
