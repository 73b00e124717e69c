"""A frame of an open recording, chunk by chunk, for whoever unpacks two runs at a time."""

from __future__ import annotations

from collections.abc import Callable

from orbitviz.core.frame import Stored
from orbitviz.files.rows import Rows
from orbitviz.files.safety import READING_ERRORS


class RecordedParts:
    """core.frame.FrameParts of one frame; made on the thread that reads."""

    def __init__(
        self,
        rows: Rows,
        index: int,
        nodes: int,
        check: Callable[[Stored], None],
        refused: Callable[[Exception], Exception],
    ) -> None:
        """check: raises where a whole frame is not what was recorded; refused: what to raise for such an error."""
        self._rows, self._index, self._check, self._refused = rows, index, check, refused
        self.length = rows.part_nodes or nodes
        self.count = -(-nodes // self.length)
        try:
            rows.prepare(index)
        except READING_ERRORS as error:
            raise refused(error) from None

    def read(self, part: int, out: Stored) -> None:
        """Part `part` as stored, into `out` of as many nodes; on any thread. FileRefusedError: it is damaged."""
        try:
            self._rows.part(self._index, part, out)
        except READING_ERRORS as error:
            raise self._refused(error) from None

    def check(self, whole: Stored) -> None:
        """Holds the frame against its checksum where it has one. FileRefusedError: it is damaged."""
        try:
            self._check(whole)
        except READING_ERRORS as error:
            raise self._refused(error) from None
