"""The part of time that the track shows: a span within the whole one, zoomed and moved. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_S = 4.0
"""The finest zoom: a few seconds over the whole width."""


@dataclass(frozen=True)
class Span:
    """whole: first and last instant there is; seen: those at the track's ends. Seconds from the epoch."""

    whole: tuple[float, float] = (0.0, 1.0)
    seen: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def over(cls, whole: tuple[float, float]) -> Span:
        """All of it."""
        return cls(whole, whole)

    @property
    def is_zoomed(self) -> bool:
        """Whether a part is shown."""
        return self.seen != self.whole

    @property
    def length_s(self) -> float:
        """Of what is seen."""
        return self.seen[1] - self.seen[0]

    def within(self, whole: tuple[float, float]) -> Span:
        """Of another whole: a zoomed part stays as far as it lies in it, all stays all."""
        if not self.is_zoomed or self.seen[1] <= whole[0] or self.seen[0] >= whole[1]:
            return Span.over(whole)
        return Span(whole, self.seen)._placed(self.seen[0], self.length_s)

    def zoomed(self, at_s: float, factor: float) -> Span:
        """Shorter (factor below 1) or longer, `at_s` staying where it is."""
        length_s = min(max(self.length_s * factor, SHORTEST_S), self.whole[1] - self.whole[0])
        share = (at_s - self.seen[0]) / max(self.length_s, 1e-9)
        return self._placed(at_s - share * length_s, length_s)

    def moved(self, by_s: float) -> Span:
        """Later by so much, as far as there is something."""
        return self._placed(self.seen[0] + by_s, self.length_s)

    def showing(self, t_s: float, forwards: bool = True) -> Span:
        """Turned over so that an instant is seen: it comes near the beginning, or near the end when going backwards."""
        if self.seen[0] <= t_s <= self.seen[1]:
            return self
        return self._placed(t_s - self.length_s * (0.1 if forwards else 0.9), self.length_s)

    def _placed(self, first_s: float, length_s: float) -> Span:
        whole_s = self.whole[1] - self.whole[0]
        if length_s >= whole_s:
            return Span.over(self.whole)
        first_s = min(max(first_s, self.whole[0]), self.whole[1] - length_s)
        return Span(self.whole, (first_s, first_s + length_s))
