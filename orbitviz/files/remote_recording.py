"""Recordings elsewhere: a file, or a folder of segments with its index.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orbitviz.core.address import address_name, check_address, member_address, shown_address
from orbitviz.core.errors import FileRefusedError
from orbitviz.files.fleet_marks import SharedFleet
from orbitviz.files.recording_reader import RecordingReader
from orbitviz.files.remote import RemoteSource, Told
from orbitviz.files.safety import check_open
from orbitviz.files.segment_places import MAX_INDEX_BYTES, Index
from orbitviz.files.segments_reader import SegmentsReader
from orbitviz.files.segments_writer import INDEX
from orbitviz.files.vetting_remote import vet_source

FOLDER = ".segments"


def open_address(address: str, told: Told | None = None) -> RecordingReader | SegmentsReader:
    """A recording at an address, read as it is needed; OrbitvizError when there is none that can be used.

    told: called with the bytes fetched so far while it is opened; what it raises ends that. An address that ends in
    .segments/ or in index.json is a folder of segments.
    """
    address = check_address(address)
    path = shown_address(address).rstrip("/")
    if path.endswith(f"/{INDEX}"):
        query = address.partition("?")
        address = query[0].rstrip("/").removesuffix(f"/{INDEX}") + query[1] + query[2]
        path = path.removesuffix(f"/{INDEX}")
    elif not path.endswith(FOLDER):
        return open_remote_file(address, None, told)
    return SegmentsReader(RemoteFolder(address, told))


def open_remote_file(address: str, shared: SharedFleet | None, told: Told | None) -> RecordingReader:
    """One file. The gate is the same: nothing of it reaches HDF5 here before the confined process has looked at
    it, through the blocks that are read next."""
    source = RemoteSource(address, told)
    file = None
    try:
        vet_source(source, ("recording",))
        file = source.open_h5()
        check_open(file, ("recording",), source.name)
        if file.userblock_size:
            raise FileRefusedError(f"{source.name} must begin as HDF5 does, it begins with a header", "repack it")
        reader = RecordingReader(file, Path(source.name), shared, source)
    except Exception as error:
        if file is not None:
            file.close()
        source.close()
        raise source.refusal_of(error) from None
    source.told = None  # once it is open nobody waits for it in particular
    return reader


class RemoteFolder:
    """A folder of segments elsewhere: what its index names, for a web server lists nothing."""

    path: Path | None = None
    sampled = True

    def __init__(self, address: str, told: Told | None) -> None:
        self._address, self._told = address, told
        self.name = address_name(address)

    def index(self) -> Index:
        """What the index says now. OrbitvizError: it is not there."""
        source = RemoteSource(member_address(self._address, INDEX), self._told, kept=False)
        if source.size > MAX_INDEX_BYTES:
            raise FileRefusedError(f"{source.shown} must take at most 16 MB, it is larger", "")
        try:
            return Index(source.read_at(0, source.size))
        except OSError as error:
            raise source.refusal_of(error) from None

    def names(self, index: Index) -> Sequence[str]:
        """Those of the index."""
        if index.note:
            raise FileRefusedError(f"{self.name} must have a sound {INDEX}: {index.note}", "correct it")
        return sorted(index.names)

    def open(self, name: str, shared: SharedFleet | None) -> RecordingReader:
        """One of them; OrbitvizError when it cannot be used."""
        return open_remote_file(member_address(self._address, name), shared, self._told)
