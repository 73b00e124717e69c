"""Numbers that are possible in a file and impossible in the world stop at the reader; so do paths that lead away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

import orbitviz
from orbitviz.core.epoch import Epoch, parse_duration_s
from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files.importers import read_catalogue
from orbitviz.files.recipe import beside, parse_recipe
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.tree import MAX_ATTRIBUTES, Tree

SPOILED: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "too fast": (
        lambda f: f["fleet/elements/mean_motion_rad_min"].__setitem__(2, 1e200),
        "'/fleet/elements/mean_motion_rad_min' must be at most 20 revolutions a day, got 1e+200 in row 2",
    ),
    "an angle without end": (
        lambda f: f["fleet/elements/raan_rad"].__setitem__(2, 1e300),
        "'/fleet/elements/raan_rad' must be from -1,000,000 to 1,000,000 rad, got 1e+300 in row 2",
    ),
    "drag": (lambda f: f["fleet/elements/bstar"].__setitem__(2, 1e9), "bstar' must be from -10 to 10"),
    "a time without end": (lambda f: f["time/t_s"].__setitem__(2, 1e200), "must lie within 200 years of epoch_utc"),
    "an epoch at the end of days": (lambda f: f.attrs.__setitem__("epoch_utc", "9999-12-31"), "from the year 500"),
    "a scale without end": (
        lambda f: f["frames/sunlit"].attrs.__setitem__("scale_factor", 1e300),
        "of '/frames/sunlit' must be at most 1e+30",
    ),
    "chunks of a node each": (
        lambda f: f.create_dataset("frames/thin", (9, 100_000), "u1", chunks=(9, 1)),
        "one frame of '/frames/thin' must lie in at most 65,536 chunks, it lies in 100,000",
    ),
    "chunks without end": (
        lambda f: f.create_dataset("vendor", (1 << 25,), "u1", chunks=(1,)),
        "'/vendor' must have at most 16,777,216 chunks",
    ),
    "columns never written": (
        lambda f: [f.create_dataset(f"vendor/{n}", (4_000_000,), "f8", chunks=(65536,)) for n in range(12)],
        "must be written, of its 31 MB 0 bytes are in the file",
    ),
    "a named type": (
        lambda f: (
            f.__setitem__("vendor/type", np.dtype("f8")),
            f.create_dataset("vendor/x", (3,), f["vendor/type"]),
        ),
        "it is a datatype",
    ),
    "a name that does not print": (lambda f: f.create_group("vendor/a\nb"), "names must be printable UTF-8"),
    "a long name": (lambda f: f.create_group("x" * 300), "names must be printable UTF-8 of at most 255 bytes"),
    "attributes without end": (
        lambda f: [f["frames"].attrs.__setitem__(f"a{n}", n) for n in range(MAX_ATTRIBUTES + 1)],
        "'/frames' must have at most 512 attributes, it has 513",
    ),
    "a group for a dataset": (
        lambda f: (f.__delitem__("fleet/node_id"), f.create_group("fleet/node_id")),
        "'/fleet/node_id' must be a dataset, it is a group",
    ),
    "a dataset for a group": (
        lambda f: (f.__delitem__("frames"), f.create_dataset("frames", data=1)),
        "'/frames' must be a group, it is a dataset",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_cannot_be(recording: Path, name: str) -> None:
    spoil, said = SPOILED[name]
    with h5py.File(recording, "a") as file:
        spoil(file)
    with pytest.raises(OrbitvizError) as caught:
        open_recording(recording)
    assert said in caught.value.message


class Filters:
    """As the library tells of a dataset's filters in a file that it did not write."""

    def __init__(self, *filters: tuple[int, tuple[int, ...]]) -> None:
        self.filters = filters

    def get_nfilters(self) -> int:
        return len(self.filters)

    def get_filter(self, index: int) -> tuple[int, int, tuple[int, ...], bytes]:
        number, parameters = self.filters[index]
        return number, 0, parameters, b""


@pytest.mark.parametrize("filters", [((2, (0,)),), ((2, (8,)),), ((1, (1 << 31,)),), ((1, (1,) * 9),), ((1, ()),) * 5])
def test_filters_with_impossible_parameters(filters: tuple[tuple[int, tuple[int, ...]], ...]) -> None:
    with pytest.raises(FileRefusedError, match=r"possible parameters|at most 4 filters"):
        Tree(None).filters(Filters(*filters), 4, "/x")
    Tree(None).filters(Filters((2, (4,)), (1, (4,)), (3, ())), 4, "/x")


def test_places_that_nothing_flies_at_are_none(recording: Path) -> None:
    with h5py.File(recording, "a") as file:
        places = np.full((3, 12, 3), 7000.0, "f4")
        places[:, 4], places[:, 5] = 1e30, np.inf
        file["frames/position_km"] = places
    with open_recording(recording) as reader:
        place, _ = reader.read_state(0)
        assert np.isnan(place[4:6]).all() and np.isfinite(place[6]).all()
        assert reader.farthest_km == pytest.approx(7000.0 * 3**0.5, rel=1e-6)


@pytest.mark.parametrize("text", ["9" * 400 + "d", "1000000d"])
def test_a_duration_without_end(text: str) -> None:
    with pytest.raises(OrbitvizError, match="at most 200 years"):
        parse_duration_s(text)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59Z"])
def test_an_epoch_out_of_reach(text: str) -> None:
    with pytest.raises(OrbitvizError, match="from the year 500 to 9500"):
        Epoch.parse(text)


def test_a_number_without_end_in_a_recipe() -> None:
    with pytest.raises(OrbitvizError, match="must be a number below 1e308"):
        parse_recipe('[scenario]\nname = "x"\n[[node_type]]\nname = "a"\nmass_kg = 1' + "0" * 400)


TLE = "\n[[tle]]\nfile = '{}'\nnode_type = 'ai'\n[[node_type]]\nname = 'ai'\n"


@pytest.mark.parametrize("name", ["../a.tle", "/etc/passwd", "C:a.tle", ".hidden", "a/b.tle", "a\\\\b.tle", ""])
def test_a_catalogue_must_lie_beside_its_recipe(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.toml").write_text('[scenario]\nname = "x"' + TLE.format(name))
    with pytest.raises(OrbitvizError, match="beside the recipe"):
        orbitviz.open(tmp_path / "a.toml")


def test_a_catalogue_must_not_be_a_link_that_leads_away(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.tle").write_text("secret")
    try:
        (folder / "a.tle").symlink_to(tmp_path / "secret.tle")
    except OSError:
        pytest.skip("no symbolic links here")
    (folder / "a.toml").write_text('[scenario]\nname = "x"' + TLE.format("a.tle"))
    with pytest.raises(OrbitvizError, match="it is a link that leads elsewhere"):
        orbitviz.open(folder / "a.toml")
    (folder / "b.tle").write_text("x")
    assert beside(folder / "a.toml", "b.tle") == folder / "b.tle"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.json", b'[{"MEAN_MOTION": 1}' + b",[]" * 4_100_000 + b"]", "at most 4,000,000 lists and objects"),
        ("a.json", b'{"MEAN_MOTION":' + b"[" * 200_000, "must be proper JSON"),
        ("a.csv", b"MEAN_MOTION,ECCENTRICITY" + b"\n" * 16_100_000, "at most 16,000,000 lines"),
    ],
)
def test_catalogues_that_would_fill_the_memory(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(OrbitvizError) as caught:
        read_catalogue(tmp_path / name)
    assert said in caught.value.message
