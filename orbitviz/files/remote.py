"""A file elsewhere, read over fsspec in blocks that are fetched once: kept in memory, and on disk where its state has a
name (ETag, time of change). Nothing is ever written to it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import h5py

from orbitviz.core.address import address_name, check_address, shown_address
from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files.block_cache import BlockCache
from orbitviz.files.remote_words import NO_RANGES, NotThere, no_collection, open_system, reason_of, waits_for
from orbitviz.files.sources import SourceFile

BLOCK = 1 << 17
"""What is fetched at once at least: HDF5's own records lie scattered, a few kB each."""
MOST_AHEAD = 64
"""Blocks fetched at once where a file is read in order."""
KEPT_BLOCKS = 384
AT_ONCE = 32
"""Requests side by side."""
TRIES = 4
CHECK_EVERY_S = 20.0
_IDENTITIES = ("etag", "content-md5", "md5hash", "last-modified", "last_modified", "lastmodified", "mtime", "created")

Range = tuple[int, int]
Told = Callable[[int], None]
"""Called with the bytes fetched so far; what it raises ends the reading (a person no longer waits)."""


class RemoteError(OSError):
    """Bytes that cannot be had; `refusal` says why in a sentence."""

    def __init__(self, refusal: FileRefusedError) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class RemoteSource:
    """sources.ByteSource of an address. size, name, requests (made so far), fetched (bytes so far)."""

    far = True

    def __init__(self, address: str, told: Told | None = None, kept: bool = True) -> None:
        """kept: whether blocks are kept on disk too."""
        self.address = check_address(address)
        self.shown, self.name = shown_address(self.address), address_name(self.address)
        self.told, self.requests, self.fetched = told, 0, 0
        self._system, self._path, self._web = open_system(self.address)
        self._lock = threading.RLock()
        self._recent: OrderedDict[int, bytes] = OrderedDict()
        self._next, self._ahead = -1, 1
        try:
            self.size, self._identity, self._etag = self._look()
            self._checked_s = time.monotonic()
            self._cache = BlockCache() if self._identity != "[]" and kept else None
            self._key = self._cache.key(self.address, self._identity, self.size) if self._cache else ""
            known = self._cache is not None and self._cache.get(self._key, 0, BLOCK) is not None
            if self._web and self.size > BLOCK and not known:
                self._probe()
        except RemoteError as error:
            raise error.refusal from None

    @property
    def state(self) -> str:
        """What names these very bytes: address, ETag or time of change, size. "" where the server names no state."""
        return f"{self.address}\n{self._identity}\n{self.size}" if self._identity != "[]" else ""

    # -- Reading -----------------------------------------------------------------------------------------------------
    def read_at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on, fewer where the file ends before. RemoteError."""
        end = min(offset + size, self.size)
        if end <= offset:
            return b""
        with self._lock:
            first, last = offset // BLOCK, (end - 1) // BLOCK
            blocks = self._blocks(range(first, last + 1))
            joined = blocks[first] if first == last else b"".join(blocks[k] for k in range(first, last + 1))
        return joined[offset - first * BLOCK : end - first * BLOCK]

    def expect(self, ranges: Sequence[Range]) -> None:
        """Fetches what will be read soon, side by side, so that nobody waits for one piece after the other."""
        found = {k for offset, size in ranges for k in range(offset // BLOCK, -(-(offset + size) // BLOCK))}
        with self._lock:
            wanted = [k for k in sorted(found) if k * BLOCK < self.size]
            for start in range(0, len(wanted), KEPT_BLOCKS):
                self._blocks(wanted[start : start + KEPT_BLOCKS], in_order=False)

    def open_h5(self) -> h5py.File:
        """The file as HDF5, read through the blocks. FileRefusedError where it is none or cannot be had."""
        try:
            return h5py.File(SourceFile(self), "r")
        except Exception as error:
            raise self.refusal_of(error) from None

    def refusal_of(self, error: BaseException) -> OrbitvizError:
        """The sentence behind an error of reading, which HDF5 may have wrapped in one of its own."""
        seen: BaseException | None = error
        while seen is not None:
            if isinstance(seen, OrbitvizError):
                return seen
            if isinstance(seen, RemoteError):
                return seen.refusal
            seen = seen.__cause__ or seen.__context__
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        return self._refuse(f"must be a whole HDF5 file, it is damaged: {reason}", "copy it there again")

    def close(self) -> None:
        """Forgets what is held in memory."""
        with self._lock:
            self._recent.clear()

    # -- Blocks ------------------------------------------------------------------------------------------------------
    def _blocks(self, wanted: Sequence[int], in_order: bool = True) -> dict[int, bytes]:
        """Blocks by number, from memory, disk or afar; neighbours in one request, more ahead where read in order."""
        found = {k: held for k in wanted if (held := self._held(k)) is not None}
        missing = [k for k in wanted if k not in found]
        if missing:
            if in_order:
                missing = self._with_ahead(missing)
            runs: list[list[int]] = []
            for k in missing:
                if runs and runs[-1][-1] == k - 1 and len(runs[-1]) < MOST_AHEAD:
                    runs[-1].append(k)
                else:
                    runs.append([k])
            got = self._fetch([(run[0] * BLOCK, min((run[-1] + 1) * BLOCK, self.size)) for run in runs])
            for run, data in zip(runs, got, strict=True):
                for i, k in enumerate(run):
                    found[k] = data[i * BLOCK : (i + 1) * BLOCK]
                    self._keep(k, found[k])
                    if self._cache is not None:
                        self._cache.put(self._key, k, found[k])
        return found

    def _with_ahead(self, missing: list[int]) -> list[int]:
        self._ahead = min(2 * self._ahead, MOST_AHEAD) if missing[0] == self._next else 1
        last = missing[-1] + self._ahead - 1
        ahead = [k for k in range(missing[-1] + 1, last + 1) if k * BLOCK < self.size and self._held(k) is None]
        self._next = last + 1
        return missing + ahead

    def _held(self, block: int) -> bytes | None:
        if block in self._recent:
            self._recent.move_to_end(block)
            return self._recent[block]
        if self._cache is None:
            return None
        data = self._cache.get(self._key, block, min(BLOCK, self.size - block * BLOCK))
        if data is not None:
            self._keep(block, data)
        return data

    def _keep(self, block: int, data: bytes) -> None:
        self._recent[block] = data
        while len(self._recent) > KEPT_BLOCKS:
            self._recent.popitem(last=False)

    # -- Requests ----------------------------------------------------------------------------------------------------
    def _fetch(self, spans: Sequence[Range]) -> list[bytes]:
        """The bytes of each (start, end), side by side; what did not come whole is asked for again, a little later."""
        got: dict[int, bytes] = {}
        if spans and time.monotonic() - self._checked_s > CHECK_EVERY_S:
            self._check_same()
        error: BaseException = NotThere()
        for wait_s in waits_for(TRIES):
            left = [i for i in range(len(spans)) if i not in got]
            if not left:
                break
            time.sleep(wait_s)
            self.requests += len(left)
            answers = [
                answer
                for k in range(0, len(left), AT_ONCE)
                for answer in self._ask([spans[i] for i in left[k : k + AT_ONCE]])
            ]
            for i, answer in zip(left, answers, strict=True):
                start, end = spans[i]
                if isinstance(answer, BaseException):
                    error = answer
                    self._raise_if_final(answer)
                elif len(answer) == end - start:
                    got[i] = answer
                    self.fetched += len(answer)
                elif len(answer) > end - start:
                    raise RemoteError(self._refuse(*NO_RANGES))
                else:
                    error = OSError("the answer was cut off")
            if self.told is not None:
                self.told(self.fetched)
        if len(got) < len(spans):
            self._check_same()
            raise RemoteError(self._refuse(f"must be readable, {reason_of(error)}", "try again"))
        return [got[i] for i in range(len(spans))]

    def _ask(self, spans: Sequence[Range]) -> list[Any]:
        """One answer a span: bytes, or the error."""
        more: dict[str, Any] = {}
        if self._web and self._etag.startswith('"'):
            more["headers"] = {"If-Match": self._etag}  # a server that knows it refuses once the file is another
        starts, ends = [start for start, _ in spans], [end for _, end in spans]
        try:
            with no_collection():
                answers = self._system.cat_ranges([self._path] * len(spans), starts, ends, on_error="return", **more)
        except Exception as error:
            return [error] * len(spans)
        return list(answers)

    def _raise_if_final(self, error: BaseException) -> None:
        status = getattr(error, "status", 0)
        if status == 412:
            raise RemoteError(self._changed()) from None
        if isinstance(error, FileNotFoundError | PermissionError) or (400 <= status < 500 and status not in (408, 429)):
            raise RemoteError(self._refuse(f"must be readable, {reason_of(error)}", "check the address")) from None

    def _look(self) -> tuple[int, str, str]:
        """(size, what names its state, ETag)."""
        error: BaseException = NotThere()
        for wait_s in waits_for(TRIES):
            time.sleep(wait_s)
            self.requests += 1
            try:
                with no_collection():
                    info = self._system.info(self._path)
            except Exception as failure:
                # fsspec calls every failure of a web server a missing file; what it was stands behind.
                error = failure.__cause__ or failure
                self._raise_if_final(error)
                continue
            if info.get("type") == "directory":
                raise self._refuse("must be a file, it is a folder", "name a file in it")
            if info.get("partial") is False:
                raise self._refuse(*NO_RANGES)
            if not info.get("size"):
                raise self._refuse("must be of a known size, its server does not say one", "copy the file here first")
            named = {key.lower(): str(value) for key, value in info.items() if key.lower() in _IDENTITIES and value}
            return int(info["size"]), repr(sorted(named.items())), named.get("etag", "")
        raise self._refuse(f"must be reachable, {reason_of(error)}", "check the address and the network")

    def _check_same(self) -> None:
        self._system.invalidate_cache()
        size, identity, _ = self._look()
        if (size, identity) != (self.size, self._identity):
            raise RemoteError(self._changed())
        self._checked_s = time.monotonic()

    def _probe(self) -> None:
        """A server that knows no ranges would answer each block with the whole file: it is found before that."""
        self.requests += 1
        try:
            with self._system.open(self._path, block_size=BLOCK, cache_type="none", size=self.size) as handle:
                handle.seek(1)
                handle.read(8)
        except ValueError:
            raise self._refuse(*NO_RANGES) from None
        except Exception as error:
            self._raise_if_final(error)  # else the first block finds out, and tries more than once

    def _changed(self) -> FileRefusedError:
        return self._refuse("must stay as it is while it is read, it was changed", "open it again")

    def _refuse(self, message: str, hint: str) -> FileRefusedError:
        return FileRefusedError(f"{self.shown} {message}", hint)
