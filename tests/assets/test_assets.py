"""The shipped data: each file's origin is written down, and its content is what the name promises."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ASSETS = Path(__file__).resolve().parents[2] / "assets"
ROW = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| `(?P<digest>[0-9a-f]{64})` \|$", re.MULTILINE)
MID_PACIFIC = (-140.0, -30.0)
MID_ATLANTIC = (-35.0, 25.0)
SAHARA = (10.0, 24.0)


def shipped() -> set[str]:
    """Paths of everything below assets/ that is data."""
    files = (path for path in ASSETS.rglob("*") if path.is_file())
    paths = {path.relative_to(ASSETS).as_posix() for path in files if "__pycache__" not in path.parts}
    return paths - {"SOURCES.md", ".gitattributes", "__init__.py"}


def around(name: str, lon_deg: float, lat_deg: float, radius_px: int) -> np.ndarray:
    """Pixels of an equirectangular picture around a place, (2 r + 1, 2 r + 1, ...) float."""
    with Image.open(ASSETS / name) as image:
        x = int((lon_deg + 180.0) / 360.0 * image.width)
        y = int((90.0 - lat_deg) / 180.0 * image.height)
        box = (x - radius_px, y - radius_px, x + radius_px + 1, y + radius_px + 1)
        return np.asarray(image.crop(box), dtype=float)


def test_sources_has_one_row_for_every_file_with_its_hash():
    text = (ASSETS / "SOURCES.md").read_text(encoding="utf-8")
    rows = {match["path"]: match["digest"] for match in ROW.finditer(text)}
    found = {path: hashlib.sha256((ASSETS / path).read_bytes()).hexdigest() for path in shipped()}
    assert found == rows


def test_all_assets_together_stay_small():
    assert sum((ASSETS / path).stat().st_size for path in shipped()) < 8_000_000


@pytest.mark.parametrize(
    ("name", "size", "mode"),
    [
        ("earth_day.jpg", (4096, 2048), "RGB"),
        ("earth_night.jpg", (4096, 2048), "L"),
        ("earth_water.png", (2048, 1024), "L"),
    ],
)
def test_pictures_of_the_earth_have_their_size_and_mode(name: str, size: tuple[int, int], mode: str):
    with Image.open(ASSETS / name) as image:
        assert (image.size, image.mode) == (size, mode)


def test_by_day_the_sahara_is_bright_and_reddish_and_the_pacific_dark_and_blue():
    red, green, blue = around("earth_day.jpg", *SAHARA, 10).mean(axis=(0, 1))
    assert red > 150.0
    assert red > green > blue
    red, green, blue = around("earth_day.jpg", *MID_PACIFIC, 10).mean(axis=(0, 1))
    assert blue > green > red
    assert red + green + blue < 200.0


def test_by_day_north_is_up():
    assert around("earth_day.jpg", -42.0, 72.0, 10).min() > 200.0  # the ice of Greenland
    assert around("earth_day.jpg", -42.0, -50.0, 10).mean() < 80.0  # the sea at the mirrored latitude


@pytest.mark.parametrize(
    ("city", "lon_deg", "lat_deg"),
    [
        ("Paris", 2.35, 48.86),
        ("Tokyo", 139.69, 35.69),
        ("Delhi", 77.21, 28.61),
        ("New York", -74.0, 40.71),
        ("Sao Paulo", -46.63, -23.55),
        ("Shanghai", 121.47, 31.23),
    ],
)
def test_by_night_the_great_cities_shine(city: str, lon_deg: float, lat_deg: float):
    assert around("earth_night.jpg", lon_deg, lat_deg, 3).max() > 200.0, city


@pytest.mark.parametrize("place", [MID_PACIFIC, MID_ATLANTIC, (25.0, 24.0), (90.0, -80.0)])
def test_by_night_seas_deserts_and_ice_are_black(place: tuple[float, float]):
    assert around("earth_night.jpg", *place, 5).max() <= 4.0


@pytest.mark.parametrize("place", [MID_PACIFIC, MID_ATLANTIC, (51.0, 41.0), (-87.0, 43.0), (179.0, 55.0)])
def test_water_mask_is_white_on_seas_and_great_lakes(place: tuple[float, float]):
    assert around("earth_water.png", *place, 2).min() == 255.0


@pytest.mark.parametrize("place", [SAHARA, (-100.0, 40.0), (134.0, -25.0), (100.0, -80.0), (-60.0, -5.0)])
def test_water_mask_is_black_on_land(place: tuple[float, float]):
    assert around("earth_water.png", *place, 2).max() == 0.0


@pytest.mark.parametrize("name", ["coast", "borders"])
def test_lines_lie_on_the_map_and_never_jump_across_it(name: str):
    with np.load(ASSETS / "borders.npz", allow_pickle=False) as arrays:
        points, starts = arrays[name], arrays[name + "_starts"]
    assert points.dtype == np.float32
    assert points.shape == (starts[-1], 2)
    assert starts[0] == 0
    assert np.diff(starts).min() >= 2
    assert np.abs(points[:, 0]).max() <= 180.0
    assert np.abs(points[:, 1]).max() <= 90.0
    steps = np.abs(np.diff(points, axis=0)).max(axis=1)
    within = np.ones(len(steps), dtype=bool)
    within[starts[1:-1] - 1] = False  # from the end of a line to the start of the next
    assert steps[within].max() < 1.01


def test_borders_and_coast_are_where_they_belong():
    with np.load(ASSETS / "borders.npz", allow_pickle=False) as arrays:
        borders, coast = arrays["borders"], arrays["coast"]
    forty_ninth = borders[(borders[:, 0] > -122.0) & (borders[:, 0] < -97.0) & (borders[:, 1] > 45.0)]
    assert len(forty_ninth) >= 20
    assert np.abs(forty_ninth[:, 1] - 49.0).max() < 0.1
    cape_horn = np.hypot(coast[:, 0] + 67.27, coast[:, 1] + 55.98)
    assert cape_horn.min() < 0.3


def test_cities_come_most_populous_first_with_places_and_clocks():
    with np.load(ASSETS / "cities.npz", allow_pickle=False) as arrays:
        cities = {name: arrays[name] for name in arrays.files}
    assert {len(column) for column in cities.values()} == {3000}
    assert np.all(np.diff(cities["population"]) <= 0)
    assert cities["population"][-1] > 100_000
    index = cities["name"].tolist().index("São Paulo".encode())
    found = [float(cities[key][index]) for key in ("lat_deg", "lon_deg", "utc_offset_hours")]
    assert found == pytest.approx([-23.55, -46.64, -3.0], abs=0.1)
    assert cities["country"][index] == b"BR"
    offsets = dict(zip(cities["name"].tolist(), cities["utc_offset_hours"].tolist(), strict=True))
    assert (offsets[b"Mumbai"], offsets[b"Paris"], offsets[b"Sydney"]) == (5.5, 1.0, 10.0)


def test_stars_begin_with_sirius_and_include_polaris():
    with np.load(ASSETS / "stars.npz", allow_pickle=False) as arrays:
        stars = {name: arrays[name] for name in arrays.files}
    assert 4500 < len(stars["ra_deg"]) < 6000
    assert np.all(np.diff(stars["magnitude"]) >= 0)
    assert (stars["ra_deg"][0], stars["dec_deg"][0]) == pytest.approx((101.287, -16.716), abs=0.01)
    assert stars["magnitude"][0] < -1.3
    polaris = stars["hip"].tolist().index(11767)
    assert stars["dec_deg"][polaris] > 89.0
    assert stars["ra_deg"].min() >= 0.0
    assert stars["ra_deg"].max() < 360.0


def test_stars_are_coloured_by_their_temperature():
    with np.load(ASSETS / "stars.npz", allow_pickle=False) as arrays:
        rgb, hip, b_v = arrays["rgb"], arrays["hip"].tolist(), arrays["b_v"]
    assert rgb.dtype == np.uint8
    assert np.all(rgb.max(axis=1) == 255)
    betelgeuse, rigel = rgb[hip.index(27989)].astype(int), rgb[hip.index(24436)].astype(int)
    assert betelgeuse[0] - betelgeuse[2] > 60
    assert rigel[2] - rigel[0] > 30
    blueness = rgb[:, 2].astype(int) - rgb[:, 0]
    assert np.corrcoef(blueness, b_v)[0, 1] < -0.9


@pytest.mark.parametrize("weight", ["Regular", "Medium", "SemiBold"])
def test_fonts_are_truetype_with_figures_of_one_width(weight: str):
    data = (ASSETS / "fonts" / f"Inter-{weight}.ttf").read_bytes()
    assert data[:4] == b"\x00\x01\x00\x00"
    assert b"glyf" in data[:400]
    assert b"tnum" in data
    assert f"Inter {weight}".encode("utf-16-be") in data or "Inter".encode("utf-16-be") in data


def test_icons_are_single_colour_strokes_on_a_24_grid():
    icons = sorted((ASSETS / "icons").glob("*.svg"))
    assert {"play", "pause", "layers", "globe", "camera", "palette"} <= {icon.stem for icon in icons}
    for icon in icons:
        root = ET.fromstring(icon.read_text(encoding="utf-8"))
        assert root.get("viewBox") == "0 0 24 24", icon.name
        assert root.get("stroke") == "currentColor", icon.name
        assert len(root) >= 1, icon.name


@pytest.mark.parametrize("size", [16, 32, 48, 256, 512])
def test_app_icon_is_square_with_clear_corners(size: int):
    with Image.open(ASSETS / "icons" / "app" / f"orbitviz-{size}.png") as image:
        assert image.size == (size, size)
        pixels = np.asarray(image.convert("RGBA"))
    assert pixels[0, 0, 3] == 0
    assert pixels[size // 2, size // 2, 3] == 255
    assert pixels[size // 2, size // 2, 2] > pixels[size // 2, size // 2, 0]
