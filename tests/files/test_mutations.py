"""Ten thousand damaged and hostile files through the gate: always a verdict, no crash, no hang, no file outside read.

ORBITVIZ_MUTANTS=100000 and ORBITVIZ_MUTANTS_SEED=2 show it more, and others.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from orbitviz.bench.gate import LIMIT_S, tell
from orbitviz.bench.mutants import Seed, mutants
from orbitviz.core.fleet import ELEMENT_NAMES
from orbitviz.files import vetting
from orbitviz.files.scenario_file import write_scenario
from orbitviz.files.vetting_server import CODE, Checkers

COUNT = int(os.environ.get("ORBITVIZ_MUTANTS", "10000"))
SEED = int(os.environ.get("ORBITVIZ_MUTANTS_SEED", "20260320"))
NODES, FRAMES = 6, 3
TLE = (
    "ISS (ZARYA)\n"
    "1 25544U 98067A   20344.91667824  .00016717  00000-0  10270-3 0  9007\n"
    "2 25544  51.6442 211.2001 0001744  98.9998  15.0000 15.49181153259130\n"
)
FIELDS = [
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "NORAD_CAT_ID",
]
VALUES = ["2026-03-20T06:00:00", "15.5", "0.001", "51.6", "211.2", "98.9", "15.0", "25544"]
RECIPE = """
[scenario]
name = "small"
epoch = 2026-03-20T06:00:00Z
sources = ["a list", "of two"]
[[node_type]]
name = "kind"
mass_kg = 100.0
[[shell]]
name = "shell"
node_type = "kind"
altitude_km = 550.0
inclination_deg = 53.0
planes = 3
nodes_per_plane = 4
[[ground]]
name = "place"
lat_deg = 10.0
lon_deg = 20.0
"""


def foreign(path: Path, **how: Any) -> Path:
    """A recording as another program would write it: what the format asks for and no more."""
    random = np.random.default_rng(1)
    with h5py.File(path, "w", **how) as file:
        file.attrs["format"], file.attrs["format_version"] = "orbitviz-recording", "1.0"
        file.attrs["epoch_utc"] = "2026-03-20T06:00:00Z"
        for name in ELEMENT_NAMES:
            file[f"fleet/elements/{name}"] = np.full(NODES, 0.065)
        file["fleet/node_id"] = np.arange(NODES)
        file["time/t_s"] = np.arange(FRAMES) * 60.0
        for name, packing in (("a", {"compression": "gzip"}), ("b", {"shuffle": True, "fletcher32": True}), ("c", {})):
            values = random.integers(0, 255, (FRAMES, NODES)).astype("u1" if name == "a" else "f4")
            chunks = None if name == "c" else (1, NODES)
            made = file.create_dataset(f"frames/{name}", data=values, chunks=chunks, **packing)
            made.attrs["units"], made.attrs["long_name"] = "1", f"metric {name}"
        file["totals/a_mean"] = np.arange(float(FRAMES))
    return path


def hostile(path: Path, target: Path, spoil: Callable[[h5py.File, Path], None]) -> Path:
    with h5py.File(foreign(path), "a") as file:
        spoil(file, target)
    return path


def external_link(file: h5py.File, target: Path) -> None:
    file["frames/d"] = h5py.ExternalLink(str(target), "/x")


def external_group(file: h5py.File, target: Path) -> None:
    del file["fleet"]
    file["fleet"] = h5py.ExternalLink(str(target), "/")


def external_storage(file: h5py.File, target: Path) -> None:
    del file["fleet/node_id"]
    file.create_dataset("fleet/node_id", shape=(NODES,), dtype="u4", external=[(str(target), 0, 4 * NODES)])


def virtual(file: h5py.File, target: Path) -> None:
    layout = h5py.VirtualLayout((FRAMES, NODES), "u1")
    layout[:] = h5py.VirtualSource(str(target), "x", (FRAMES, NODES), dtype="u1")
    file.create_virtual_dataset("frames/d", layout)


def soft_link_through_an_external_one(file: h5py.File, target: Path) -> None:
    file["frames/d"] = h5py.SoftLink("/way/x")
    file["way"] = h5py.ExternalLink(str(target), "/")


OUTSIDE = (external_link, external_group, external_storage, virtual, soft_link_through_an_external_one)


def seeds(folder: Path, kit: SimpleNamespace, target: Path) -> list[Seed]:
    """Small ones: the file that is damaged matters, not its size."""
    texts = {
        "recipe.toml": RECIPE,
        "catalogue.tle": TLE * 3,
        "catalogue.csv": ",".join(FIELDS) + "\n" + (",".join(VALUES) + "\n") * 4,
        "catalogue.json": str([dict(zip(FIELDS, VALUES, strict=True))] * 4).replace("'", '"'),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    write_scenario(folder / "scenario.h5", kit.scenario(), kit.fleet())
    lean = [foreign(folder / "lean.h5"), foreign(folder / "latest.h5", libver="latest")]
    lean += [hostile(folder / f"{spoil.__name__}.h5", target, spoil) for spoil in OUTSIDE]
    made = [folder / "scenario.h5", kit.recording(folder / "recording.h5", kit.fleet())]
    return [Seed.of(path) for path in (*made, *lean, *lean, *(folder / name for name in texts))]


class Watch:
    """Whether a file was opened (Linux; elsewhere a file that cannot have been read is none at all)."""

    def __init__(self, path: Path) -> None:
        self.descriptor = -1
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            self.descriptor = libc.inotify_init1(os.O_NONBLOCK)
            assert libc.inotify_add_watch(self.descriptor, os.fsencode(path), 0x21) >= 0  # read, opened

    def saw(self) -> bool:
        if self.descriptor < 0:
            return False
        try:
            return len(os.read(self.descriptor, 4096)) >= struct.calcsize("iIII")
        except BlockingIOError:
            return False


def make_canary(folder: Path) -> Path:
    path = folder / "canary"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros((FRAMES, NODES), "u1")
    return path


def test_thousands_of_damaged_files(tmp_path: Path, kit: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    made, work, canary = tmp_path / "made", tmp_path / "work", make_canary(tmp_path)
    made.mkdir()
    work.mkdir()
    corpus = seeds(made, kit, canary)
    watch = Watch(canary)
    tally = tell(corpus, COUNT, SEED, work)
    with capsys.disabled():
        print(f"\n{tally}")
    assert not watch.saw()
    assert list(work.iterdir()) == []
    bad = {"crashed", "hung", "lost", "short of memory", "stumbled"}
    # A crash or a hang of the process that looks is a verdict; of what passed it must not happen any more.
    worse = {f"then {one}" for one in bad} | {"lost", "stumbled"}
    assert not [(word, said) for word, said, _ in tally.bad if worse & set(word.split(", "))]
    assert not worse & set(tally.counts)
    verdicts = sum(count for word, count in tally.counts.items() if not word.startswith("then "))
    assert verdicts == COUNT
    assert tally.counts["passed"] > COUNT // 20
    assert tally.counts["refused"] > COUNT // 5
    assert tally.counts["then opened"] > COUNT // 20


@pytest.mark.skipif(sys.platform != "linux", reason="what is opened is watched by inotify")
@pytest.mark.parametrize("spoil", OUTSIDE, ids=lambda spoil: spoil.__name__)
def test_the_rules_alone_open_nothing_outside(tmp_path: Path, spoil: Callable[..., None]) -> None:
    """With nothing of the system to hold the process back."""
    canary = make_canary(tmp_path)
    path = hostile(tmp_path / "a.h5", canary, spoil)
    code = CODE.replace("sys.exit", "vetting_child.vetting_limits._linux = lambda path: None\nsys.exit")
    free, watch = Checkers(once=False, code=code), Watch(canary)
    answer = free.ask({"path": str(path), "kinds": ["recording"], "limit_s": LIMIT_S})
    free.close()
    assert not watch.saw()
    assert "refused" in answer
    assert any(word in answer["refused"][0] for word in ("link", "reads them from another", "virtual"))


@pytest.mark.skipif(sys.platform != "linux", reason="what is opened is watched by inotify")
@pytest.mark.parametrize(
    ("spoil", "name"), [(external_link, "frames/d"), (external_storage, "fleet/node_id"), (virtual, "frames/d")]
)
def test_the_watch_would_have_seen_it(tmp_path: Path, spoil: Callable[..., None], name: str) -> None:
    canary = make_canary(tmp_path)
    path = hostile(tmp_path / "a.h5", canary, spoil)
    watch = Watch(canary)
    with h5py.File(path) as file:
        file[name][()]
    assert watch.saw()


def test_the_same_number_makes_the_same_files(tmp_path: Path, kit: SimpleNamespace) -> None:
    corpus = [Seed.of(foreign(tmp_path / "a.h5"))]
    first, again, other = (list(mutants(corpus, 20, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert sum(data != corpus[0].data for _, data in first) > 15


def test_a_crash_is_counted(tmp_path: Path) -> None:
    assert vetting.KINDS == ("recipe", "scenario", "recording", "catalogue")
    corpus = [Seed.of(foreign(tmp_path / "a.h5"))]
    (tmp_path / "work").mkdir()
    tally = tell(corpus, 5, 1, tmp_path / "work", code="import os; os.read(0, 9999); os.kill(os.getpid(), 11)")
    assert tally.counts["lost"] == 5
