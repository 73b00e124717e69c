"""Recording: what is in the file, the same whatever the workers, valid however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.files.recording_reader import open_recording
from orbitviz.recorder import Progress, RecordResult, record
from orbitviz.recorder import worker as worker_module
from orbitviz.recorder.local import Processes
from orbitviz.recorder.run import DEFAULT_METRICS, _source, _span
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.service import Work
from orbitviz.sim.simulation import NodeModel


def scenario_of(planes: int = 4, per_plane: int = 16, **node: object) -> Scenario:
    return Scenario(
        name="test",
        node_types=(NodeType("ai1", **node),),  # type: ignore[arg-type]
        shells=(
            Shell("low", "ai1", altitude_km=700.0, inclination_deg=30.0, planes=planes, nodes_per_plane=per_plane),
        ),
    )


@pytest.fixture(scope="module")
def small() -> tuple[Scenario, Fleet]:
    scenario = scenario_of()
    return scenario, build_fleet(scenario)


@pytest.fixture(scope="module")
def large() -> tuple[Scenario, Fleet]:
    """Three chunks, the last of them short."""
    scenario = scenario_of(planes=140, per_plane=1000)
    return scenario, build_fleet(scenario)


def columns(path: Path) -> dict[str, np.ndarray]:
    reader = open_recording(path)
    stored = {}
    for name, info in reader.metrics.items():
        stored[name] = np.empty((len(reader.times_s), reader.node_count), info.dtype)
        for frame in range(len(reader.times_s)):
            reader.read(name, frame, stored[name][frame])
    reader.close()
    return stored


def test_a_recording_holds_the_frames_that_were_asked_for(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    scenario, fleet = small
    seen: list[Progress] = []
    result = record(scenario, fleet, tmp_path / "run.h5", duration_s=1200, step_s=60, start_s=600, progress=seen.append)
    assert isinstance(result, RecordResult) and result.complete and result.path == tmp_path / "run.h5"
    assert (result.nodes, result.frames) == (64, 20) and result.bytes == result.path.stat().st_size
    assert result.node_steps_per_s > 0 and result.peak_rss_mb > 20
    assert seen[-1].frames_done == 20 and seen[-1].left_s == 0.0 and seen[0].frames == 20
    reader = open_recording(result.path)
    assert reader.complete and set(reader.metrics) == set(DEFAULT_METRICS)
    np.testing.assert_array_equal(reader.times_s, 600.0 + 60.0 * np.arange(20))
    reader.close()


def test_stored_values_are_the_models_within_the_stated_error(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    scenario, fleet = small
    path = record(scenario, fleet, tmp_path / "run.h5", duration_s=6000).path
    reader, stored = open_recording(path), columns(path)
    model = NodeModel(scenario, fleet)
    for frame in range(100):
        for name, values in model.step(frame * 60.0, 60.0).items():
            if name not in reader.metrics:
                continue
            info = reader.metrics[name]
            shown = info.values(stored[name][frame])
            assert np.abs(shown - values).max() <= info.max_error * 1.001 + 1e-6 * info.high
    reader.close()


def test_totals_are_those_of_the_stored_values_within_quantisation(
    small: tuple[Scenario, Fleet], tmp_path: Path
) -> None:
    scenario, fleet = small
    path = record(scenario, fleet, tmp_path / "run.h5", duration_s=6000).path
    reader, stored = open_recording(path), columns(path)
    values = {name: info.values(stored[name]) for name, info in reader.metrics.items()}
    error = {name: info.max_error * 1.001 + 1e-6 * info.high for name, info in reader.metrics.items()}
    totals = {name: np.asarray(value) for name, value in reader.totals.items()}
    for name in ("array_w", "compute_w", "compute_pf"):
        np.testing.assert_allclose(totals[f"{name}_sum"], values[name].sum(axis=1), atol=64 * error[name])
    for name in ("sunlit", "battery_soc", "radiator_k", "utilization"):
        np.testing.assert_allclose(totals[f"{name}_mean"], values[name].mean(axis=1), atol=error[name])
    np.testing.assert_allclose(totals["battery_soc_min"], values["battery_soc"].min(axis=1), atol=error["battery_soc"])
    np.testing.assert_allclose(totals["radiator_k_max"], values["radiator_k"].max(axis=1), atol=error["radiator_k"])
    counts = np.stack([np.bincount(row, minlength=6) for row in stored["status"]])
    np.testing.assert_array_equal(totals["status_counts"], counts)
    reader.close()


def test_the_number_of_workers_changes_nothing(large: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    scenario, fleet = large
    paths = [record(scenario, fleet, tmp_path / f"{n}.h5", duration_s=720, workers=n).path for n in (1, 2)]
    one, two = (columns(path) for path in paths)
    for name in DEFAULT_METRICS:
        np.testing.assert_array_equal(one[name], two[name])
        assert one[name].shape == (12, 140_000)
    readers = [open_recording(path) for path in paths]
    assert set(readers[0].totals) == set(readers[1].totals)
    for name, values in readers[0].totals.items():
        np.testing.assert_array_equal(values, readers[1].totals[name])
    for reader in readers:
        reader.close()


def test_chosen_metrics_alone_are_written(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    scenario, fleet = small
    path = record(scenario, fleet, tmp_path / "run.h5", duration_s=120, metrics=["radiator_k", "status"]).path
    assert set(columns(path)) == {"radiator_k", "status"}


def test_the_chips_temperature_is_recorded_when_asked_for(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    path = record(*small, tmp_path / "run.h5", duration_s=600, metrics=["chip_k", "radiator_k", "compute_w"]).path
    reader, stored = open_recording(path), columns(path)
    chip, radiator, power = (
        reader.metrics[name].values(stored[name]) for name in ("chip_k", "radiator_k", "compute_w")
    )
    np.testing.assert_allclose(chip, radiator + 0.12e-3 * power, atol=1.0)
    reader.close()


@pytest.mark.parametrize("which", ["small", "large"])
def test_a_stopped_recording_is_a_valid_file(which: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    scenario, fleet = request.getfixturevalue(which)
    done: list[int] = []

    def note(progress: Progress) -> None:
        done.append(progress.frames_done)

    result = record(
        scenario, fleet, tmp_path / "run.h5", duration_s=86400 * 10, progress=note, cancelled=lambda: len(done) > 0
    )
    assert not result.complete and 0 < result.frames < 14400
    reader = open_recording(result.path)
    assert not reader.complete and len(reader.times_s) == result.frames
    out = np.empty(len(fleet), reader.metrics["status"].dtype)
    reader.read("status", result.frames - 1, out)
    assert out.max() <= 5
    reader.close()
    assert not list(tmp_path.glob("*.partial*"))


def test_stopped_before_the_first_frame_nothing_is_left_behind(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    result = record(*small, tmp_path / "run.h5", cancelled=lambda: True)
    assert (result.frames, result.bytes, result.complete) == (0, 0, False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent on Windows")
def test_ctrl_c_keeps_what_was_committed(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    fired = []

    def interrupt(progress: Progress) -> None:
        if not fired:
            fired.append(progress.frames_done)
            os.kill(os.getpid(), signal.SIGINT)

    result = record(*small, tmp_path / "run.h5", duration_s=86400 * 10, progress=interrupt)
    assert fired and not result.complete and result.frames >= fired[0]
    assert signal.getsignal(signal.SIGINT) is before
    reader = open_recording(result.path)
    assert len(reader.times_s) == result.frames
    reader.close()


def test_a_full_disk_is_a_sentence_and_the_file_stays_valid(
    small: tuple[Scenario, Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orbitviz.files import recording_writer

    chunks = []
    write = recording_writer.RecordingWriter.write_chunk

    def until_full(self: object, metric: str, frame: int, chunk: int, deflated: bytes, *crc: int) -> None:
        chunks.append(metric)
        if len(chunks) > 200:
            raise self._sentence(OSError(28, "No space left on device"))  # type: ignore[attr-defined]
        write(self, metric, frame, chunk, deflated, *crc)  # type: ignore[arg-type]

    monkeypatch.setattr(recording_writer.RecordingWriter, "write_chunk", until_full)
    with pytest.raises(OrbitvizError, match="room"):
        record(*small, tmp_path / "run.h5", duration_s=86400)
    reader = open_recording(tmp_path / "run.h5")
    assert not reader.complete and len(reader.times_s) == 16  # two whole batches
    reader.close()


def test_a_worker_that_dies_is_a_sentence(large: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    scenario, fleet = large
    before = {process.pid for process in multiprocessing.active_children()}
    killed: list[int] = []

    def kill_one(_: Progress) -> None:
        for process in multiprocessing.active_children():
            if process.pid not in before and not killed:
                killed.append(process.pid)
                process.kill()

    with pytest.raises(OrbitvizError, match="ended early") as caught:
        record(scenario, fleet, tmp_path / "run.h5", duration_s=86400 * 10, workers=2, progress=kill_one)
    assert caught.value.hint
    reader = open_recording(tmp_path / "run.h5")
    assert 0 < len(reader.times_s) < 14400 and not reader.complete
    reader.close()


def test_a_failure_inside_a_worker_is_a_sentence(large: tuple[Scenario, Fleet]) -> None:
    """A node type that does not exist stands for any fault."""
    scenario, fleet = large
    broken = replace(fleet, node_type=np.full(len(fleet), 7, np.uint16))
    source = _source(broken, Work(), [], _span(scenario, 0.0, 60.0, 60.0), 2)
    assert isinstance(source, Processes)
    with source, pytest.raises(OrbitvizError, match="IndexError"):
        list(source.batches(lambda *_: pytest.fail("nothing is dispatched")))


def test_a_script_without_a_main_guard_may_record(tmp_path: Path) -> None:
    """Workers are started afresh: they must not run the caller's script again."""
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from orbitviz.core.node_type import NodeType\n"
        "from orbitviz.core.scenario import Scenario, Shell\n"
        "from orbitviz.recorder import record\n"
        "from orbitviz.sim.constellation import build_fleet\n"
        "with Path('ran.txt').open('a') as log:\n    log.write('x')\n"
        "s = Scenario('s', node_types=(NodeType('a'),), shells=(Shell('b', 'a', planes=70, nodes_per_plane=1000),))\n"
        "print(record(s, build_fleet(s), 'run.h5', duration_s=60, workers=2).complete)\n"
    )
    done = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True" and (tmp_path / "ran.txt").read_text() == "x"


def test_recording_works_outside_the_main_thread(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    results: list[RecordResult] = []
    thread = threading.Thread(target=lambda: results.append(record(*small, tmp_path / "run.h5", duration_s=120)))
    thread.start()
    thread.join()
    assert results[0].complete


def test_a_catalogue_without_a_scenario_is_recorded(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    assert record(None, small[1], tmp_path / "run.h5", duration_s=120).frames == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"step_s": 0.0}, "step of a recording must be above zero"),
        ({"duration_s": -5.0}, "duration of a recording must be above zero"),
        ({"duration_s": float("nan")}, "duration of a recording must be above zero"),
        ({"start_s": float("inf")}, "start of a recording"),
        ({"metrics": ["radiator"]}, "got 'radiator'"),
        ({"metrics": []}, "at least one metric"),
        ({"workers": 0}, "at least one worker"),
        ({"duration_s": 1e9, "step_s": 1.0}, "at most 4,000,000 frames"),
    ],
)
def test_impossible_wishes_are_refused_before_anything_is_written(
    small: tuple[Scenario, Fleet], tmp_path: Path, options: dict[str, object], said: str
) -> None:
    with pytest.raises(OrbitvizError, match=said):
        record(*small, tmp_path / "run.h5", **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_pipe_of_a_vanished_parent_ends_a_worker(large: tuple[Scenario, Fleet]) -> None:
    scenario, fleet = large
    source = _source(fleet, Work(), [], _span(scenario, 0.0, 86400.0, 60.0), 2)
    assert isinstance(source, Processes)
    with source:
        processes = list(source._workers.values())
        for pipe in list(source._workers):
            pipe.close()
        deadline = time.monotonic() + 60.0
        while any(process.is_alive() for process in processes) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [process.exitcode for process in processes] == [0, 0]
    assert worker_module.READY == "ready"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent on Windows")
def test_one_press_that_comes_twice_is_one_press(small: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    result = record(*small, tmp_path / "run.h5", duration_s=86400 * 10, progress=interrupt)
    assert not result.complete and result.frames > 0
