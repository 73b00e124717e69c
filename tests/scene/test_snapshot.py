"""Pictures without a window: the file, what was asked for, refusals in sentences."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scene_tools import document_of, elements, fleet_of, recorded

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.frame import MetricInfo
from orbitviz.scene.snapshot import render, save_picture

pytestmark = pytest.mark.gl


@pytest.fixture
def document(canvas):
    return document_of(fleet_of(elements(200)))


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_a_picture_is_written_in_the_size_asked_for(document, tmp_path):
    out = render(document, tmp_path / "view.png", size=(400, 220), camera=(20.0, 10.0, 18000.0))
    assert out.is_file()
    assert pixels(out).shape == (220, 400, 3)
    assert pixels(out).max() > 100


def test_time_metric_layers_and_camera_change_the_picture(document, tmp_path):
    asked = {"camera": (20.0, 10.0, 18000.0), "size": (400, 220)}
    plain = pixels(render(document, tmp_path / "a.png", **asked))
    same = pixels(render(document, tmp_path / "b.png", **asked))
    assert np.array_equal(plain, same)
    for number, other in enumerate(
        (
            {"time": "2026-03-20T06:00:00Z"},
            {"time": 21600.0},
            {"metric": "altitude_km"},
            {"layers": {"globe": {"visible": False}}},
            {"camera": (60.0, 10.0, 18000.0)},
            {"caption": "Words"},
            {"legend": False},
        )
    ):
        assert not np.array_equal(plain, pixels(render(document, tmp_path / f"c{number}.png", **(asked | other))))


def test_a_recording_is_decoded_before_it_is_drawn(canvas, tmp_path):
    info = MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 255, colormap="viridis")
    pictures = []
    for stored in (0, 255):
        frames = {"soc": np.full((3, 300), stored, np.uint8)}
        document, _ = recorded(fleet_of(elements(300)), [info], frames)
        pictures.append(pixels(render(document, tmp_path / f"{stored}.png", size=(400, 220), legend=False)))
    assert np.abs(pictures[0] - pictures[1]).max() > 60


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"out": "view.gif"}, "must end in .png"),
        ({"size": (8, 8)}, "16 to"),
        ({"metric": "nonsense"}, "must be one of"),
        ({"layers": {"nonsense": {}}}, "must be one of"),
        ({"layers": {"globe": {"colour": 1}}}, "must be set by"),
        ({"time": "yesterday"}, "must look like"),
        ({"out": "no/such/folder/view.png"}, "must be writable"),
    ],
)
def test_refusals_are_sentences(document, tmp_path, asked, words):
    out = tmp_path / asked.pop("out", "view.png")
    with pytest.raises(OrbitvizError, match=words):
        render(document, out, **({"size": (64, 64)} | asked))


def test_a_full_disk_leaves_the_picture_that_was_there(tmp_path, monkeypatch):
    out = tmp_path / "view.png"
    save_picture(out, np.full((20, 30, 4), 200, np.uint8))
    before = out.read_bytes()

    def half(self, path, *rest, **options):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(OrbitvizError, match="must be writable, No space left on device"):
        save_picture(out, np.zeros((20, 30, 4), np.uint8))
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["view.png"]


def test_a_picture_from_behind_a_node_shows_its_shape(document, tmp_path):
    asked = {"node": (7, 0.06), "size": (400, 220)}
    near = pixels(render(document, tmp_path / "a.png", legend=False, **asked))
    hidden = {"shapes": {"visible": False}, "nodes": {"visible": False}}
    without = pixels(render(document, tmp_path / "b.png", legend=False, layers=hidden, **asked))
    changed = np.abs(near - without).sum(axis=2) > 20
    assert changed[80:140, 150:250].mean() > 0.2
    with pytest.raises(OrbitvizError, match="row from 0 to 199, got 200"):
        render(document, tmp_path / "c.png", node=(200, 1.0))
