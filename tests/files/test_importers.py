"""Catalogues of others: every field against sgp4's own reader, and each broken line refused with its reason."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgp4.api import Satrec

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import ELEMENT_NAMES
from orbitviz.files.importers import IMPORTERS, importer_for, read_catalogue
from orbitviz.files.importers.rows import Refusals
from orbitviz.files.importers.text_columns import byte_matrix, decimals, epochs, floats

ISS = (
    "1 25544U 98067A   26150.51748228  .00011776  00000+0  21767-3 0  9998",
    "2 25544  51.6337  27.5746 0007245 114.7080 245.4664 15.49496548569014",
)
TDRS = (
    "1 19548U 88091B   26150.42208977 -.00000296  00000+0  00000+0 0  9992",
    "2 19548  12.6156 341.1225 0039238 356.7275  12.9243  1.00281048125214",
)


def with_checksum(line: str) -> str:
    body = line[:68].ljust(68)
    return body + str(sum(int(c) if c.isdigit() else c == "-" for c in body) % 10)


def changed(line: str, start: int, text: str) -> str:
    """The line with `text` put at column `start` (from 0) and its checksum made right again."""
    return with_checksum(line[:start] + text + line[start + len(text) :])


def catalogue(tmp_path: Path, content: str | bytes, name: str = "some.tle"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_catalogue(path)


def assert_like_sgp4(rows, row: int, lines: tuple[str, str]) -> None:
    """The row holds what sgp4's reader makes of the two lines."""
    satrec, elements = Satrec.twoline2rv(*lines), rows.elements
    got = [getattr(elements, name)[row] for name in ("mean_motion_rad_min", "eccentricity", "inclination_rad")]
    got += [getattr(elements, name)[row] for name in ("raan_rad", "argp_rad", "mean_anomaly_rad", "bstar")]
    want = [satrec.no_kozai, satrec.ecco, satrec.inclo, satrec.nodeo, satrec.argpo, satrec.mo, satrec.bstar]
    np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-18)
    a_microsecond = 1e-6 / 86400.0
    epoch = (rows.epoch_jd[row] - satrec.jdsatepoch) + (rows.epoch_fraction[row] - satrec.jdsatepochF)
    assert abs(epoch) < a_microsecond
    assert rows.catalog_number[row] == satrec.satnum


def test_two_lines_without_a_name(tmp_path: Path) -> None:
    rows = catalogue(tmp_path, "\n".join(ISS + TDRS))
    assert len(rows) == 2
    assert rows.refused == ()
    assert_like_sgp4(rows, 0, ISS)
    assert_like_sgp4(rows, 1, TDRS)
    assert list(rows.name) == [b"25544", b"19548"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "   \r\n", "\n\n", "\r\n \t\r\n"])
@pytest.mark.parametrize("prefix", ["", "0 "])
def test_names_line_ends_blanks_and_comments(tmp_path: Path, end: str, prefix: str) -> None:
    lines = ["# a comment", f"{prefix}ISS (ZARYA)", *ISS, f"{prefix}TDRS 3   ", *TDRS]
    rows = catalogue(tmp_path, b"\xef\xbb\xbf" + end.join(lines).encode())
    assert rows.refused == ()
    assert list(rows.name) == [b"ISS (ZARYA)", b"TDRS 3"]
    assert_like_sgp4(rows, 1, TDRS)


@pytest.mark.parametrize(
    ("text", "number"), [("A0000", 100_000), ("H9999", 179_999), ("J0001", 180_001), ("Z9999", 339_999)]
)
def test_alpha_5(tmp_path: Path, text: str, number: int) -> None:
    lines = changed(ISS[0], 2, text), changed(ISS[1], 2, text)
    rows = catalogue(tmp_path, "\n".join(lines))
    assert rows.catalog_number[0] == number
    assert_like_sgp4(rows, 0, lines)


def test_years_before_1957_are_of_this_century(tmp_path: Path) -> None:
    lines = [line for year in ("57", "99", "00", "56") for line in (changed(ISS[0], 18, year), ISS[1])]
    rows = catalogue(tmp_path, "\n".join(lines))
    years = [Epoch(jd, 0.0).to_datetime().year for jd in rows.epoch_jd]
    assert years == [1957, 1999, 2000, 2056]


@settings(deadline=None, max_examples=60)
@given(
    number=st.integers(1, 99999),
    day=st.floats(1.0, 365.99999),
    angles=st.lists(st.floats(0, 359.9999), min_size=3, max_size=3),
    inclination=st.floats(0, 179.9999),
    eccentricity=st.integers(0, 9_999_999),
    motion=st.floats(0.1, 16.9),
    bstar=st.tuples(st.sampled_from(" -"), st.integers(0, 99999), st.integers(0, 9)),
)
def test_any_element_set_reads_as_sgp4_reads_it(
    tmp_path_factory, number, day, angles, inclination, eccentricity, motion, bstar
) -> None:
    drag = f"{bstar[0]}{bstar[1]:05d}-{bstar[2]}"
    one = with_checksum(f"1 {number:05d}U 98067A   26{day:012.8f}  .00011776  00000+0 {drag} 0  999")
    two = f"2 {number:05d} {inclination:8.4f} {angles[0]:8.4f} {eccentricity:07d} {angles[1]:8.4f} {angles[2]:8.4f} "
    two = with_checksum(f"{two}{motion:11.8f}12345")
    path = tmp_path_factory.mktemp("tle") / "one.tle"
    path.write_text(f"{one}\n{two}\n")
    assert_like_sgp4(read_catalogue(path), 0, (one, two))


REFUSALS = {
    "checksum": (ISS[0][:68] + "7", ISS[1], "line 1: checksum must be 8, got 7"),
    "no checksum": (ISS[0][:68], ISS[1], "line 1: must have 69 characters, got 68"),
    "cut": (ISS[0], ISS[1][:40], "line 2: must have 69 characters, got 40"),
    "other number": (
        ISS[0],
        changed(ISS[1], 2, "25545"),
        "line 2: catalogue number must be that of line 1, 25544, got 25545",
    ),
    "letter I": (
        changed(ISS[0], 2, "I5544"),
        changed(ISS[1], 2, "I5544"),
        "line 1: catalogue number must be five digits",
    ),
    "SGP4-XP": (changed(ISS[0], 62, "4"), ISS[1], "line 1: elements must be for SGP4, got SGP4-XP (ephemeris type 4)"),
    "no line 2": (ISS[0], "", "line 1: must be followed by its line 2"),
    "no line 1": ("", ISS[1], "line 2: must follow its line 1"),
    "day 400": (changed(ISS[0], 20, "400"), ISS[1], "line 1: must have an epoch from 1957 to 2156, got no number"),
    "nan": (
        ISS[0],
        changed(ISS[1], 8, "     nan"),
        "line 1: must have an inclination from 0 to 180 degrees, got no number",
    ),
    "inclination": (
        ISS[0],
        changed(ISS[1], 8, "191.6337"),
        "line 1: must have an inclination from 0 to 180 degrees, got 191.6",
    ),
    "motion 0": (ISS[0], changed(ISS[1], 52, " 0.00000000"), "line 1: must have a mean motion above 0"),
    "letters": (ISS[0], changed(ISS[1], 17, "27.5x46 "), "line 1: must have a right ascension of the node"),
    "not ASCII": (ISS[0][:9] + "é" + ISS[0][10:], ISS[1], "line 1: must be plain ASCII"),
    "long": (ISS[0] + " " * 20 + "x" * 600, ISS[1], "line 1: must have 69 characters, got 689"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_broken_line_is_refused_and_the_rest_is_read(tmp_path: Path, case: str) -> None:
    one, two, sentence = REFUSALS[case]
    content = f"{one}\n{two}\nTDRS 3\n{TDRS[0]}\n{TDRS[1]}\n"
    rows = catalogue(tmp_path, content.encode("latin-1"))
    assert list(rows.name) == [b"TDRS 3"]
    assert len(rows.refused) == 1
    assert rows.refused[0].startswith(sentence), rows.refused


def test_stray_text_is_reported(tmp_path: Path) -> None:
    rows = catalogue(tmp_path, "\n".join(["<html>hello", "ISS", *ISS, "the end"]))
    assert len(rows) == 1
    assert [text.split(":")[0] for text in rows.refused] == ["line 1", "line 5"]
    assert "'<html>hello'" in rows.refused[0]


def test_a_file_with_nothing_valid_says_why(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"at least one valid element set.*inclination"):
        catalogue(tmp_path, "\n".join([ISS[0], changed(ISS[1], 8, "191.6337")]))
    with pytest.raises(FileRefusedError, match="its content is none of these"):
        catalogue(tmp_path, "hello, world\n")
    with pytest.raises(FileRefusedError, match="its content is none of these"):
        catalogue(tmp_path, b"")
    with pytest.raises(FileRefusedError, match="must be readable"):
        read_catalogue(tmp_path / "absent.tle")


def test_names_of_others_are_made_harmless(tmp_path: Path) -> None:
    name = "Спутник " * 20
    rows = catalogue(tmp_path, "\n".join([name, *ISS, "bell\x07\x1b[31m", *TDRS]))
    assert name.startswith(rows.name[0].decode("utf-8"))
    assert len(rows.name[0]) <= 64
    assert rows.name[1] == b"bell[31m"


def test_refusals_do_not_fill_the_memory(monkeypatch) -> None:
    monkeypatch.setattr("orbitviz.files.importers.rows.MAX_REFUSALS", 2)
    refusals = Refusals("line")
    for line in (3, 1, 2, 4):
        refusals.add(line, "bad")
    assert refusals.sentences() == ("line 1: bad", "line 3: bad", "and 2 more")


def test_too_large_a_file_is_not_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("orbitviz.files.importers.rows.MAX_BYTES", 100)
    with pytest.raises(FileRefusedError, match="must be at most"):
        catalogue(tmp_path, "\n".join(ISS))


# -- OMM -----------------------------------------------------------------------------------------------------

OMM = {
    "OBJECT_NAME": "ISS (ZARYA)",
    "OBJECT_ID": "1998-067A",
    "EPOCH": "2026-05-30T12:25:10.468992",
    "MEAN_MOTION": "15.49496548",
    "ECCENTRICITY": ".0007245",
    "INCLINATION": "51.6337",
    "RA_OF_ASC_NODE": "27.5746",
    "ARG_OF_PERICENTER": "114.7080",
    "MEAN_ANOMALY": "245.4664",
    "EPHEMERIS_TYPE": "0",
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": "25544",
    "ELEMENT_SET_NO": "999",
    "REV_AT_EPOCH": "56901",
    "BSTAR": ".21767E-3",
    "MEAN_MOTION_DOT": ".11776E-3",
    "MEAN_MOTION_DDOT": "0",
}


def as_csv(objects: list[dict], end: str = "\r\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(objects[0]), lineterminator=end, quoting=quoting)
    writer.writeheader()
    writer.writerows(objects)
    return out.getvalue()


def as_json(objects: list[dict]) -> str:
    return json.dumps(objects)


FORMS = {"omm.csv": as_csv, "omm.json": as_json}


@pytest.mark.parametrize("name", FORMS)
def test_omm_equals_the_tle_of_the_same_object(tmp_path: Path, name: str) -> None:
    rows = catalogue(tmp_path, FORMS[name]([OMM]), name)
    assert rows.name[0] == b"ISS (ZARYA)"
    assert_like_sgp4(rows, 0, ISS)


@pytest.mark.parametrize("name", FORMS)
def test_omm_large_numbers_lower_case_and_absent_columns(tmp_path: Path, name: str) -> None:
    needed = (
        "EPOCH",
        "MEAN_MOTION",
        "ECCENTRICITY",
        "INCLINATION",
        "RA_OF_ASC_NODE",
        "ARG_OF_PERICENTER",
        "MEAN_ANOMALY",
    )
    small = {key.lower(): OMM[key] for key in needed}
    rows = catalogue(tmp_path, FORMS[name]([small]), name)
    assert (rows.catalog_number[0], rows.elements.bstar[0]) == (0, 0.0)
    numbers = [dict(OMM, NORAD_CAT_ID=number) for number in ("339999", "340000", "799501234", "")]
    rows = catalogue(tmp_path, FORMS[name](numbers), name)
    assert list(rows.catalog_number) == [339_999, 340_000, 799_501_234, 0]


def test_omm_json_numbers_and_a_single_object(tmp_path: Path) -> None:
    numbers = {
        key: float(value) if key in ("MEAN_MOTION", "INCLINATION", "BSTAR") else value for key, value in OMM.items()
    }
    rows = catalogue(tmp_path, json.dumps(dict(numbers, NORAD_CAT_ID=25544)), "one.json")
    assert_like_sgp4(rows, 0, ISS)


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_omm_csv_quotes_and_line_ends(tmp_path: Path, end: str, quoting: int) -> None:
    named = dict(OMM, OBJECT_NAME='A, "B"')
    rows = catalogue(tmp_path, b"\xef\xbb\xbf" + as_csv([OMM, named], end, quoting).encode(), "x.csv")
    assert list(rows.name) == [b"ISS (ZARYA)", b'A, "B"']


OMM_REFUSALS = {
    "EPOCH": ("2026-02-30T00:00:00", "an epoch from 1957 to 2156, got no number"),
    "MEAN_MOTION": ("inf", "a mean motion"),
    "ECCENTRICITY": ("1.0", "an eccentricity of at least 0 and below 1, got 1"),
    "INCLINATION": ("nan", "an inclination from 0 to 180 degrees, got no number"),
    "NORAD_CAT_ID": ("12.5", "a catalogue number"),
    "BSTAR": ("1_0", "a drag term"),
    "EPHEMERIS_TYPE": ("4", "EPHEMERIS_TYPE must be 0 for SGP4, got 4 (SGP4-XP)"),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("key", OMM_REFUSALS)
def test_omm_refusals(tmp_path: Path, name: str, key: str) -> None:
    value, sentence = OMM_REFUSALS[key]
    rows = catalogue(tmp_path, FORMS[name]([OMM, dict(OMM, **{key: value})]), name)
    assert len(rows) == 1
    assert len(rows.refused) == 1
    assert rows.refused[0].startswith("line 3: " if name == "omm.csv" else "object 2: ")
    assert sentence in rows.refused[0]


def test_omm_of_another_frame_or_theory_is_refused(tmp_path: Path) -> None:
    odd = [dict(OMM, REF_FRAME="TEME", MEAN_ELEMENT_THEORY="SGP4"), dict(OMM, REF_FRAME="ICRF", MEAN_ELEMENT_THEORY="")]
    odd.append(dict(OMM, REF_FRAME="TEME", MEAN_ELEMENT_THEORY="SGP4-XP"))
    rows = catalogue(tmp_path, as_csv(odd), "x.csv")
    assert len(rows) == 1
    assert "REF_FRAME must be TEME" in rows.refused[0]
    assert "SGP4-XP" in rows.refused[1]


def test_omm_files_that_are_broken_as_a_whole(tmp_path: Path) -> None:
    short = {key: value for key, value in OMM.items() if key != "INCLINATION"}
    with pytest.raises(FileRefusedError, match="missing: INCLINATION"):
        catalogue(tmp_path, as_csv([short]), "x.csv")
    with pytest.raises(FileRefusedError, match="proper JSON"):
        catalogue(tmp_path, '[{"MEAN_MOTION": 1,', "x.json")
    with pytest.raises(FileRefusedError, match=r"proper JSON|missing"):
        catalogue(tmp_path, '{"MEAN_MOTION": ' + "[" * 100_000, "x.json")
    rows = catalogue(tmp_path, as_csv([OMM]) + "1,2,3\r\n", "x.csv")
    assert rows.refused == ("line 3: must have 17 fields as the header, got 3",)
    rows = catalogue(tmp_path, as_json([OMM, 7]), "x.json")  # type: ignore[list-item]
    assert rows.refused == ("object 2: must be an object of keywords, it is not",)


# -- columns of text -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(" 0123456789.+-", max_size=12), min_size=1, max_size=8))
def test_decimals_agree_with_float(texts: list[str]) -> None:
    got = decimals(byte_matrix(texts, 12))
    for text, value in zip(texts, got, strict=True):
        try:
            wanted = float(text)
        except ValueError:
            wanted = float("nan")
        assert value == wanted or (np.isnan(value) and np.isnan(wanted)), text


def test_epochs_in_every_spelling() -> None:
    wanted = Epoch.parse("2026-05-30T07:25:30.5")
    texts = [
        "2026-05-30T07:25:30.5",
        "2026-05-30 07:25:30.500000Z",
        "2026-150T07:25:30.5",
        "2026-05-30T07:25:30.5+00:00",
    ]
    jd, fraction = epochs(texts)
    np.testing.assert_array_equal(jd, wanted.jd)
    np.testing.assert_allclose(fraction, wanted.fraction, atol=1e-14)
    jd, fraction = epochs(["2016-12-31T23:59:60.25"])
    assert Epoch(jd[0], fraction[0]).iso("milliseconds") == "2017-01-01T00:00:00.250Z"
    bad = [
        "2026-13-01T00:00:00",
        "2025-02-29T00:00:00",
        "2026-366T00:00:00",
        "2026-05-30T24:00:00",
        "2026-05-30",
        "",
        "x",
    ]
    bad += ["2026-05-30T07:25:30+02:00", "2026-05-30T07:25:61", "2026/05/30T07:25:30"]
    jd, fraction = epochs(bad)
    assert np.isnan(jd + fraction).all()


def test_floats_take_numbers_only() -> None:
    np.testing.assert_array_equal(floats(["1e-3", " .5 ", "-0"]), [1e-3, 0.5, 0.0])
    assert np.isnan(floats(["nan", "inf", "1_0", "", "x", "1" * 60])).all()


# -- hostile content ---------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=150)
@given(
    which=st.integers(0, 2),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4), st.binary(max_size=6)), min_size=1, max_size=5),
)
def test_damaged_files_are_read_or_refused_and_never_give_nan(tmp_path_factory, which: int, cuts) -> None:
    content = bytearray((("\n".join(ISS + TDRS)), as_csv([OMM, OMM]), as_json([OMM, OMM]))[which].encode())
    for place, length, replacement in cuts:
        start = int(place * len(content))
        content[start : start + length] = replacement
    path = tmp_path_factory.mktemp("damaged") / "file"
    path.write_bytes(content)
    try:
        rows = read_catalogue(path, ("tle", "omm-csv", "omm-json")[which])
    except FileRefusedError:
        return
    for name in ELEMENT_NAMES:
        assert np.isfinite(getattr(rows.elements, name)).all()
    assert np.isfinite(rows.epoch_jd + rows.epoch_fraction).all()


# -- the tuple of formats ------------------------------------------------------------------------------------


def test_content_decides_not_the_ending(tmp_path: Path) -> None:
    contents = {"tle": "\n".join(ISS), "omm-csv": as_csv([OMM]), "omm-json": as_json([OMM])}
    for name, content in contents.items():
        path = tmp_path / "misleading.dat"
        path.write_text(content)
        importer = importer_for(path)
        assert importer is not None
        assert name == importer.NAME


def test_nothing_else_is_claimed() -> None:
    heads = [
        b"\x89HDF\r\n\x1a\n" + bytes(100),
        b"[scenario]\nname = 'x'\n",
        b"node,t_s,utc\n0,0,2026\n",
        b'{"a": 1}',
        b"",
    ]
    for head in heads:
        assert not any(importer.claims(Path("x.tle"), head) for importer in IMPORTERS), head


def test_ten_thousand_objects_are_read_whole(tmp_path: Path) -> None:
    blocks = []
    for number in range(10_000):
        text = f"{number + 1:05d}"
        blocks += [f"OBJECT {number}", changed(ISS[0], 2, text), changed(ISS[1], 2, text)]
    rows = catalogue(tmp_path, "\r\n".join(blocks))
    assert rows.refused == ()
    np.testing.assert_array_equal(rows.catalog_number, np.arange(1, 10_001))
    assert rows.name[-1] == b"OBJECT 9999"


REAL = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.mark.parametrize(("name", "count"), [("starlink.tle", 10_395), ("geo.tle", 574)])
def test_real_catalogues(name: str, count: int) -> None:
    path = REAL / name
    if not path.is_file():
        pytest.skip("no real catalogue here")
    rows = read_catalogue(path)
    assert (len(rows), rows.refused) == (count, ())
    lines = [line.rstrip() for line in path.read_text().splitlines() if line.strip()]
    for row in range(0, count, 97):
        assert_like_sgp4(rows, row, (lines[3 * row + 1], lines[3 * row + 2]))
