"""The gate: each thing a file from others must not hold is refused with a sentence, before anything is read."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import FileRefusedError
from orbitviz.files import kind_of
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.safety import open_checked
from orbitviz.files.scenario_file import read_scenario

KINDS = ("scenario", "recording")
SECRET = b"nobody may read this"


def refusal(path: Path, read: Callable[[Path], object] = lambda path: open_checked(path, KINDS)) -> str:
    """The refusal's sentence; every one has a hint, the path and a single line."""
    with pytest.raises(FileRefusedError) as caught:
        read(path)
    assert caught.value.hint
    assert caught.value.path == path
    assert "\n" not in str(caught.value)
    assert SECRET.decode() not in str(caught.value)
    return caught.value.message


def replace_dataset(file: h5py.File, name: str, **more: object) -> h5py.Dataset:
    del file[name]
    return file.create_dataset(name, **more)


# -- Not ours ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"text", bytes(8192), b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_not_hdf5(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.h5").write_bytes(data)
    assert "must be an HDF5 file, its first bytes are not" in refusal(tmp_path / "a.h5")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "must be a readable file, No such file" in refusal(tmp_path / "a.h5")
    assert "must be a readable file" in refusal(tmp_path)


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_cut_files(recording: Path, keep: float) -> None:
    data = recording.read_bytes()
    recording.write_bytes(data[: int(len(data) * keep)])
    assert "must be a whole HDF5 file, its end is missing" in refusal(recording)


def test_hdf5_of_another_program(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = 1
    assert "must carry the root attribute format" in refusal(tmp_path / "a.h5")
    assert "it has none" in refusal(tmp_path / "a.h5", kind_of)


def test_a_format_of_another_name(recording: Path) -> None:
    with h5py.File(recording, "a") as file:
        file.attrs["format"] = "keptrack"
    assert "got 'keptrack'" in refusal(recording)


@pytest.mark.parametrize(
    ("version", "said"), [("2.0", "1.1 or older, it is of 2.0"), ("new", "look like 1.0"), ("", "1.0")]
)
def test_versions(recording: Path, version: str, said: str) -> None:
    with h5py.File(recording, "a") as file:
        file.attrs["format_version"] = version
    assert said in refusal(recording)


def test_a_later_minor_version_opens(recording: Path) -> None:
    with h5py.File(recording, "a") as file:
        file.attrs["format_version"] = "1.7"
    open_recording(recording).close()


def test_the_other_kind(recording: Path) -> None:
    assert "must be a scenario, it is a recording" in refusal(recording, read_scenario)


# -- Out of the file ------------------------------------------------------------


def external_link(file: h5py.File, target: Path) -> None:
    del file["frames/sunlit"]
    file["frames/sunlit"] = h5py.ExternalLink(str(target), "/x")


def external_link_in_a_strange_place(file: h5py.File, target: Path) -> None:
    file["vendor/deep/way"] = h5py.ExternalLink(str(target), "/")


def external_group(file: h5py.File, target: Path) -> None:
    del file["fleet"]
    file["fleet"] = h5py.ExternalLink(str(target), "/")


def external_storage(file: h5py.File, target: Path) -> None:
    replace_dataset(file, "fleet/node_id", shape=(12,), dtype="u4", external=[(str(target), 0, 48)])


def virtual(file: h5py.File, target: Path) -> None:
    layout = h5py.VirtualLayout((3, 12), "u1")
    layout[:] = h5py.VirtualSource(str(target), "x", (3, 12), dtype="u1")
    del file["frames/sunlit"]
    file.create_virtual_dataset("frames/sunlit", layout)


def soft_link_through_an_external_one(file: h5py.File, target: Path) -> None:
    del file["frames/sunlit"]
    file["frames/sunlit"] = h5py.SoftLink("/way/x")
    file["way"] = h5py.ExternalLink(str(target), "/")


OUTSIDE = [
    external_link,
    external_link_in_a_strange_place,
    external_group,
    external_storage,
    virtual,
    soft_link_through_an_external_one,
]

OPENED = textwrap.dedent(
    """
    import sys
    from orbitviz.core.errors import FileRefusedError
    from orbitviz.files.recording_reader import open_recording
    try:
        open_recording(sys.argv[1])
    except FileRefusedError as error:
        print(error)
    """
)


@pytest.mark.parametrize("spoil", OUTSIDE)
def test_nothing_outside_the_file_is_touched(recording: Path, tmp_path: Path, spoil: Callable[..., None]) -> None:
    target = tmp_path / "canary"
    with h5py.File(recording, "a") as file:
        spoil(file, target)
    if sys.platform == "win32":
        target.write_bytes(SECRET * 10)
        refusal(recording, open_recording)
        return
    # Whoever opens this pipe to read waits for a writer that never comes.
    os.mkfifo(target)
    done = subprocess.run([sys.executable, "-c", OPENED, str(recording)], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert any(word in done.stdout for word in ("link", "reads them from another", "virtual")), done.stdout


def test_the_pipe_would_have_been_noticed(recording: Path, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no named pipes in the file system")
    os.mkfifo(tmp_path / "canary")
    with h5py.File(recording, "a") as file:
        external_storage(file, tmp_path / "canary")
    code = "import h5py, sys; print(h5py.File(sys.argv[1])['fleet/node_id'][0])"
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", code, str(recording)], timeout=2, capture_output=True)


# -- Shapes and types ------------------------------------------------------------


def huge(file: h5py.File) -> None:
    replace_dataset(file, "fleet/elements/eccentricity", shape=(10_000_000,), dtype="f8", chunks=(1000,))


def huge_time(file: h5py.File) -> None:
    replace_dataset(file, "time/t_s", shape=(10_000_000,), dtype="f8", chunks=(1000,))


def big_chunk(file: h5py.File) -> None:
    replace_dataset(file, "frames/sunlit", shape=(100, 12_000_000), dtype="u1", chunks=(10, 12_000_000))


def cycle(file: h5py.File) -> None:
    file["fleet/elements/up"] = file["fleet"]


def deep(file: h5py.File) -> None:
    file.create_group("/".join("abcdefghijkl"))


def many(file: h5py.File) -> None:
    group = file.create_group("vendor")
    for number in range(10_001):
        group.create_group(str(number))


def unknown_filter(file: h5py.File) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((1, 12))
    properties.set_filter(307, h5py.h5z.FLAG_OPTIONAL, (1,))
    del file["frames/sunlit"]
    h5py.h5d.create(file["frames"].id, b"sunlit", h5py.h5t.STD_U8LE, h5py.h5s.create_simple((3, 12)), properties)


def in_place_of_names(dtype: object) -> Callable[[h5py.File], object]:
    return lambda file: replace_dataset(file, "fleet/name", shape=(12,), dtype=dtype)


SPOILED: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "object references": (in_place_of_names(h5py.ref_dtype), "type reference"),
    "region references": (in_place_of_names(h5py.regionref_dtype), "type reference"),
    "compound": (in_place_of_names(np.dtype([("a", "f8")])), "type compound"),
    "opaque": (in_place_of_names(np.dtype("V8")), "type opaque"),
    "array": (in_place_of_names(np.dtype(("f8", (3,)))), "type array"),
    "variable length": (in_place_of_names(h5py.vlen_dtype(np.dtype("u1"))), "type variable-length"),
    "variable text": (in_place_of_names(h5py.string_dtype()), "text of fixed length, it is variable"),
    "references anywhere": (lambda f: f.create_dataset("x/y", (2,), h5py.ref_dtype), "'/x/y' must hold plain numbers"),
    "text for numbers": (
        lambda f: replace_dataset(f, "fleet/elements/raan_rad", shape=(12,), dtype="S8"),
        "'/fleet/elements/raan_rad' must hold fractions, it holds |S8",
    ),
    "fractions for ids": (
        lambda f: replace_dataset(f, "fleet/node_id", shape=(12,), dtype="f8"),
        "'/fleet/node_id' must hold whole numbers, it holds float64",
    ),
    "complex metric": (lambda f: f.create_dataset("frames/c", (3, 12), "c16"), "'/frames/c' must hold"),
    "wrong rank": (
        lambda f: replace_dataset(f, "fleet/shell", shape=(12, 2), dtype="u2"),
        "'/fleet/shell' must have the shape (N), got (12, 2)",
    ),
    "metric of rank 3": (
        lambda f: f.create_dataset("frames/c", (3, 12, 2), "f4"),
        "must have the shape (T, N), got (3, 12, 2)",
    ),
    "pairs of three": (
        lambda f: replace_dataset(f, "links/pairs", shape=(5, 3), dtype="u4"),
        "'/links/pairs' must have the shape (L, 2), got (5, 3)",
    ),
    "other length": (
        lambda f: replace_dataset(f, "fleet/shell", shape=(11,), dtype="u2"),
        "'/fleet/shell' must have 12 rows, one a node, got 11",
    ),
    "no nodes": (
        lambda f: replace_dataset(f, "fleet/elements/eccentricity", shape=(0,), dtype="f8"),
        "at least one node",
    ),
    "missing element": (
        lambda f: f.__delitem__("fleet/elements/raan_rad"),
        "'/fleet/elements/raan_rad' must be in the file",
    ),
    "missing elements": (lambda f: f.__delitem__("fleet/elements/eccentricity"), "eccentricity' must be in the file"),
    "shell of no row": (lambda f: f["fleet/shell"].__setitem__(3, 9), "'/fleet/shell' must be a row below 2, got 9"),
    "type of no row": (
        lambda f: f["fleet/node_type"].__setitem__(3, 7),
        "'/fleet/node_type' must be a row below 2, got 7",
    ),
    "link to no node": (
        lambda f: f["links/pairs"].__setitem__((0, 0), 12),
        "'/links/pairs' must be a row below 12, got 12",
    ),
    "names without end": (
        lambda f: replace_dataset(f, "fleet/name", shape=(4_000_000,), dtype="S1000", chunks=(1000,)),
        "'/fleet/name' must be of a reasonable size",
    ),
    "negative id": (
        lambda f: replace_dataset(f, "fleet/node_id", data=np.arange(12) - 5),
        "'/fleet/node_id' must be from 0 to 4,294,967,295, got -5",
    ),
    "impossible node type": (
        lambda f: f["node_types/emissivity"].__setitem__(0, 3.0),
        "'/node_types': node_type 'ai1', emissivity: must be above 0 and at most 1, got 3.0",
    ),
    "uneven table": (
        lambda f: replace_dataset(f, "node_types/emissivity", data=np.ones(3)),
        "the columns of '/node_types' must be equally long, got [2, 3]",
    ),
    "huge fleet": (huge, "at most 4,200,000 rows, got 10,000,000"),
    "huge time": (huge_time, "at most 4,000,000 rows"),
    "huge chunk": (big_chunk, "12,000,000"),
    "hard-link cycle": (cycle, "'/fleet/elements/up' leads back"),
    "deep groups": (deep, "at most 8 deep"),
    "many objects": (many, "at most 10,000 objects"),
    "unknown filter": (unknown_filter, "it needs filter 307"),
    "soft link": (
        lambda f: f.__setitem__("frames/x", h5py.SoftLink("/frames/sunlit")),
        "it is a soft link to '/frames/sunlit'",
    ),
    "soft-link loop": (lambda f: f.__setitem__("frames/x", h5py.SoftLink("/frames/x")), "it is a soft link"),
    "large recipe": (
        lambda f: replace_dataset(f, "scenario", data=np.bytes_(b"#" * ((1 << 20) + 5))),
        "'/scenario' must be of a reasonable size",
    ),
    "title that is a reference": (
        lambda f: f.attrs.__setitem__("title", f["fleet"].ref),
        "'title' of '/' must be a number or text",
    ),
    "epoch out of reach": (lambda f: f["fleet/elements/epoch_jd"].__setitem__(2, 1.5), "within 200 years of epoch_utc"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_a_file_must_not_hold(recording: Path, name: str) -> None:
    spoil, said = SPOILED[name]
    with h5py.File(recording, "a") as file:
        spoil(file)
    assert said in refusal(recording, open_recording)


def test_chunks_must_be_small(recording: Path) -> None:
    with h5py.File(recording, "a") as file:
        file.create_dataset("vendor", (100_000_000,), "u1", chunks=(100_000_000,))
    assert "chunks must be at most 64 MB, those of '/vendor' are 95 MB" in refusal(recording)


def test_a_refused_file_is_let_go(recording: Path) -> None:
    with h5py.File(recording, "a") as file:
        cycle(file)
    refusal(recording, open_recording)
    with h5py.File(recording, "a") as file:  # would fail on a handle left open for reading
        del file["fleet/elements/up"]
    open_recording(recording).close()


def test_attributes_that_are_not_asked_for_do_no_harm(recording: Path) -> None:
    with h5py.File(recording, "a") as file:
        file["frames/sunlit"].attrs["DIMENSION_LIST"] = np.array([file["time/t_s"].ref], dtype=h5py.ref_dtype)
        file.attrs["history"] = np.zeros(10)
    open_recording(recording).close()


def test_plugins_are_never_looked_for() -> None:
    assert os.environ["HDF5_PLUGIN_PRELOAD"] == "::"


DAMAGED = textwrap.dedent(
    """
    import pathlib, sys
    import numpy as np
    from orbitviz.core.errors import FileRefusedError
    from orbitviz.files.recording_reader import open_recording
    whole = pathlib.Path(sys.argv[1])
    data = whole.read_bytes()
    verdicts = {"opened": 0, "refused": 0}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), 8):
            damaged[place] = int(rng.integers(0, 256))
        path = whole.with_name(f"{seed}.h5")
        path.write_bytes(damaged)
        try:
            with open_recording(path) as reader:
                for name, info in reader.metrics.items():
                    reader.read(name, 0, np.empty(reader.node_count, info.dtype))
            verdicts["opened"] += 1
        except FileRefusedError:
            verdicts["refused"] += 1
    print(verdicts)
    """
)


def test_random_damage_is_a_verdict(recording: Path) -> None:
    """Eight bytes changed: the file opens or is refused. In a child, as the HDF5 library itself may fall over."""
    done = subprocess.run([sys.executable, "-c", DAMAGED, str(recording)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "opened" in done.stdout
