"""Small fleets and files to open, spoil and open again."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.files import schema
from orbitviz.files.codec import chunk_count, chunk_nodes, deflate_chunk
from orbitviz.files.recording_writer import RecordingWriter

METRICS = ("sunlit", "battery_soc", "radiator_k", "status")


def make_fleet(nodes: int = 12, seed: int = 1) -> Fleet:
    rng = np.random.default_rng(seed)
    zeros = np.zeros(nodes)
    elements = MeanElements(
        mean_motion_rad_min=np.full(nodes, 0.0653),
        eccentricity=rng.uniform(0.0, 0.01, nodes),
        inclination_rad=rng.uniform(0.5, 1.5, nodes),
        raan_rad=rng.uniform(0.0, 6.28, nodes),
        argp_rad=zeros,
        mean_anomaly_rad=rng.uniform(0.0, 6.28, nodes),
        bstar=zeros,
        epoch_s=rng.uniform(-1e6, 1e6, nodes),
    )
    rows = np.arange(nodes)
    return Fleet(
        epoch=Epoch.parse("2026-03-20T06:00:00Z"),
        elements=elements,
        node_id=rows.astype("u4"),
        shell=(rows % 2).astype("u2"),
        plane=(rows // 4).astype("u4"),
        slot=(rows % 4).astype("u4"),
        node_type=np.zeros(nodes, "u2"),
        shells=(ShellInfo("låg", "g", 550.0, 53.0, 3, 4), ShellInfo("high", "g", 700.0, 53.0, 3, 4)),
        node_types=(NodeType("ai1", sink_k=200.0, assumed=("mass_kg", "bus_kw")), NodeType("other")),
        name=np.array([f"nod-{row} ø".encode() for row in rows], "S"),
        on_s=zeros,
        pairs=np.array([[0, 1], [1, 2]], "u4") if nodes > 2 else None,
        title="Test fleet",
        description="Zwölf nodes",
        sources=("one", "two"),
    )


def make_scenario() -> Scenario:
    shells = (Shell("a", "ai1", planes=3, nodes_per_plane=4),)
    return Scenario("test", node_types=(NodeType("ai1"),), shells=shells, sources=("x",))


def make_columns(fleet: Fleet, frame: int) -> dict[str, np.ndarray]:
    """Physical values of METRICS at one frame."""
    rng = np.random.default_rng(frame)
    n = len(fleet)
    return {
        "sunlit": rng.uniform(0.0, 1.0, n),
        "battery_soc": rng.uniform(0.2, 1.0, n),
        "radiator_k": rng.uniform(300.0, 350.0, n),
        "status": rng.integers(0, 6, n).astype(float),
    }


def write_frame(writer: RecordingWriter, columns: dict[str, np.ndarray], frame: int, step_s: float = 60.0) -> None:
    length = chunk_nodes(writer.nodes)
    for name, values in columns.items():
        info = writer.metrics[name]
        stored, _ = schema.quantise(info, values)
        for chunk in range(chunk_count(writer.nodes)):
            data = deflate_chunk(stored[chunk * length : (chunk + 1) * length], length, info.fill)
            writer.write_chunk(name, frame, chunk, data)
    totals = {"battery_soc_mean": columns["battery_soc"].mean(), "status_counts": np.full(6, 2.0)}
    writer.commit(frame, frame * step_s, totals, {"sunlit": 1})


def metric_infos(fleet: Fleet, names: tuple[str, ...] = METRICS) -> list:
    known = schema.recorded_metrics(None, fleet)
    return [known[name] for name in names]


def make_recording(path: Path, fleet: Fleet, frames: int = 3, complete: bool = True) -> Path:
    with RecordingWriter(path, make_scenario(), fleet, metric_infos(fleet), 60.0, frames) as writer:
        for frame in range(frames):
            write_frame(writer, make_columns(fleet, frame), frame)
        writer.close(complete)
    return path


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """The makers above, for tests (test modules cannot import each other)."""
    return SimpleNamespace(
        fleet=make_fleet,
        scenario=make_scenario,
        columns=make_columns,
        write_frame=write_frame,
        infos=metric_infos,
        recording=make_recording,
    )


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_recording(tmp_path_factory.mktemp("made") / "run.h5", make_fleet())


@pytest.fixture
def recording(made_once: Path, tmp_path: Path) -> Path:
    """A whole recording of 12 nodes and 3 frames, for the test to spoil."""
    return Path(shutil.copy(made_once, tmp_path / "run.h5"))
