"""What `check` finds: sentences about one file, those that are wrong and those that are only worth knowing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Told = Callable[[int, int, str], None]
"""(frames done, frames, what is being done)"""


@dataclass
class Report:
    """wrong: what does not follow the format, is damaged or missing; notes: what is only worth knowing."""

    path: Path
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    frames: int = 0
    summed: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    @property
    def verdict(self) -> str:
        """One line about the whole."""
        if not self.sound:
            return f"{len(self.wrong)} thing{'s are' if len(self.wrong) > 1 else ' is'} wrong"
        if not self.frames:
            return "nothing is wrong"
        return f"nothing is wrong, {self.frames:,} frames {'match their checksums' if self.summed else 'unpack'}"

    def add(self, sentence: str) -> None:
        """One more thing that is wrong, once."""
        if sentence not in self.wrong:
            self.wrong.append(sentence)

    def note(self, sentence: str) -> None:
        """One more thing worth knowing, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)
