"""The verbs as a person runs them, in processes of their own: what they print, what they write, how they refuse."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import orbitviz
from orbitviz import cli
from orbitviz.__main__ import main
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.core.node_type import NodeType
from orbitviz.core.rules import KINDS
from orbitviz.core.scenario import Shell
from orbitviz.core.workload import Workload
from orbitviz.files.codec import deflate_chunk
from orbitviz.files.recording_writer import RecordingWriter
from orbitviz.files.scenario_file import read_scenario
from orbitviz.files.schema import recorded_metrics
from orbitviz.terminal import left

COMMAND = [sys.executable, "-m", "orbitviz"]


def run(*arguments: str, code: int = 0, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """One verb; its exit code must be `code`, and a traceback is never right."""
    environment = {name: value for name, value in os.environ.items() if name != "ORBITVIZ_DEBUG"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, cwd=cwd, env=environment, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a scenario s.h5 and a recording r.h5 of the smallest preset."""
    path = tmp_path_factory.mktemp("cli")
    run("build", "three-body-12", "-o", "s.h5", cwd=path)
    run("record", "s.h5", "-o", "r.h5", "--duration", "5min", "--step", "60s", cwd=path)
    return path


# -- good input ------------------------------------------------------------------------------------------------------


def test_help_and_version_name_every_verb() -> None:
    told = run("--help").stdout
    for verb in cli.VERBS:
        assert f"    {verb} " in told
    assert run("--version").stdout.strip() == f"orbitviz {orbitviz.__version__}"


def test_list() -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0].split()[:2] == ["starmind-1m", "1,000,000"]
    rows = json.loads(run("list", "--json").stdout)["presets"]
    assert [row["name"] for row in rows] == [line.split()[0] for line in lines]
    assert {"name", "title", "nodes"} <= set(rows[0])


def test_info_of_a_scenario(folder: Path) -> None:
    told = json.loads(run("info", "s.h5", "--json", cwd=folder).stdout)
    assert (told["kind"], told["nodes"], told["frames"]) == ("scenario", 12, 0)
    text = run("info", "s.h5", cwd=folder).stdout
    assert "12 in 1 shell;" in text
    assert "assumed" in text
    assert "[3B]" in text


def test_info_of_a_recording(folder: Path) -> None:
    told = json.loads(run("info", "r.h5", "--json", cwd=folder).stdout)
    wanted = {"kind", "format_version", "nodes", "shells", "frames", "start", "end", "step_s", "metrics", "complete"}
    assert wanted | {"size_bytes", "model", "sources"} <= set(told)
    assert (told["frames"], told["complete"], told["step_s"]) == (5, True, 60.0)
    assert told["metrics"]["battery_soc"]["unit"] == "1"
    assert told["size_bytes"] == (folder / "r.h5").stat().st_size
    assert "every 60 s; complete" in run("info", "r.h5", cwd=folder).stdout


@pytest.fixture(scope="module")
def full(folder: Path) -> Path:
    """A recording that holds all a recording can hold, two frames of it."""
    scenario, fleet = read_scenario(folder / "s.h5")
    info = recorded_metrics(scenario, fleet)["battery_soc"]
    stored = deflate_chunk(np.full(12, 100, "u1"), 12, 255)
    events = [Event(0.0, "gang_stalled", -1, "gang 0 waits"), Event(0.0, "throttling_begins", 3, "node 3")]
    with RecordingWriter(folder / "full.h5", scenario, fleet, [info], 60.0, 2) as writer:
        for frame in range(2):
            writer.write_chunk("battery_soc", frame, 0, stored)
            totals = {"battery_soc_p05": 0.4, "training_lost_pf": 0.0, "compute_w_sum_by_shell": np.ones(1)}
            surface = {"compute_w": np.ones((90, 180), np.float32)}
            writer.commit(frame, 60.0 * frame, totals, {"battery_soc": 2}, surface, events[frame:])
        writer.write_jobs([Job("gang 0", "training", "run", 0, 1, np.arange(4, dtype=np.uint32))])
        writer.close(complete=True)
    return folder / "full.h5"


PROVENANCE = {"unit", "long_name", "kind", "formula", "source"}


def test_info_tells_where_every_number_of_a_recording_comes_from(full: Path) -> None:
    told = json.loads(run("info", str(full), "--json").stdout)
    assert set(told["totals"]) == {"battery_soc_p05", "training_lost_pf", "compute_w_sum_by_shell"}
    recorded = [metric for metric in told["metrics"].values() if metric["recorded"]]
    for quantity in (*recorded, *told["totals"].values(), *told["surface"].values()):
        assert {key for key, value in quantity.items() if value != ""} >= PROVENANCE
        assert quantity["kind"] in KINDS
    metric = told["metrics"]["battery_soc"]
    assert (metric["low"], metric["high"], metric["clipped"]) == (0.0, 1.0, 4)
    assert 0.0 < metric["max_error"] <= 0.0025
    assert told["totals"]["compute_w_sum_by_shell"]["columns"] == "one column a row of /shells"
    assert told["surface"]["compute_w"]["unit"] == "W"
    assert told["events"] == {"gang_stalled": 1, "throttling_begins": 2}
    assert told["jobs"] == 1


def test_info_tells_where_every_field_of_the_scenario_comes_from(full: Path) -> None:
    scenario = json.loads(run("info", str(full), "--json").stdout)["scenario"]
    for table, row_class in (("node_types", NodeType), ("shells", Shell), ("workloads", Workload)):
        wanted = {item.name for item in fields(row_class)} - {"assumed", "origin"}
        for row in scenario[table]:
            assert set(row) == wanted
            for key, told in row.items():
                assert key == "name" or told["kind"] in KINDS, key
                assert key == "name" or {"value", "unit", "kind", "source"} <= set(told)
    battery = scenario["node_types"][0]["battery_kwh"]
    assert (battery["unit"], battery["kind"]) == ("kWh", "assumed")
    assert scenario["seed"] == 1


def test_info_is_one_page_to_read(full: Path) -> None:
    lines = run("info", str(full)).stdout.splitlines()
    assert len(lines) < 40
    assert "totals   3: sums, means and percentiles of the fleet" in lines
    assert "surface  sums in cells of 2 degrees: compute_w" in lines
    assert "events   3: 1 gang_stalled, 2 throttling_begins" in lines
    assert "jobs     1" in lines
    assert any(line.endswith("(Battery charge; 4 values clipped)") for line in lines)


def test_record_tells_its_figures_as_json(tmp_path: Path) -> None:
    done = run("record", "suncatcher-81", "-o", "r.h5", "--duration", "3min", "--step", "1min", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert {"nodes", "frames", "wall_s", "node_steps_per_s", "bytes", "peak_rss_mb", "path"} <= set(told)
    assert (told["nodes"], told["frames"], told["complete"]) == (81, 3, True)
    assert "recording 3/3 frames, " in done.stderr
    assert " node-steps/s, 0 s left" in done.stderr


def test_record_takes_start_metrics_and_workers(tmp_path: Path) -> None:
    span = ["--start", "2025-05-14T06:00:00Z", "--duration", "2min"]
    choice = ["--metrics", "sunlit,battery_soc", "--workers", "1"]
    run("record", "three-body-12", "-o", "r.h5", *span, *choice, cwd=tmp_path)
    told = json.loads(run("info", "r.h5", "--json", cwd=tmp_path).stdout)
    assert (told["start"], told["end"]) == ("2025-05-14T06:00:00Z", "2025-05-14T06:02:00Z")
    assert [name for name, metric in told["metrics"].items() if metric["recorded"]] == ["sunlit", "battery_soc"]


def test_export(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    arguments = ["--nodes", "0,11", "--metrics", "battery_soc,x_km", "--from", "2025-05-14T00:01:00Z"]
    assert "8 rows" in run("export", "r.h5", "-o", str(out), *arguments, cwd=folder).stdout
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["node", "t_s", "utc", "battery_soc", "x_km"]
    assert (rows[0]["node"], rows[-1]["node"], rows[-1]["t_s"]) == ("0", "11", "240")


def test_import_reports_each_refused_line(tmp_path: Path) -> None:
    good = [
        "1 25544U 98067A   26150.51748228  .00011776  00000+0  21767-3 0  9998",
        "2 25544  51.6337  27.5746 0007245 114.7080 245.4664 15.49496548569014",
    ]
    (tmp_path / "x.tle").write_text("\n".join([*good, "STRAY", *good[:1]]))
    done = run("import", "x.tle", "-o", "x.h5", cwd=tmp_path)
    assert "1 object, 1 refused" in done.stdout
    assert done.stderr == "refused, line 4: must be followed by its line 2, it is not\n"
    told = json.loads(run("info", "x.h5", "--json", cwd=tmp_path).stdout)
    assert told["nodes"] == 1
    run("record", "x.h5", "-o", "r.h5", "--duration", "2min", cwd=tmp_path)


def test_every_writing_verb_tells_what_it_wrote_as_json(folder: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "x.tle"
    catalogue.write_text(
        "1 25544U 98067A   26150.51748228  .00011776  00000+0  21767-3 0  9998\n"
        "2 25544  51.6337  27.5746 0007245 114.7080 245.4664 15.49496548569014\nSTRAY\n"
    )
    told = json.loads(run("import", str(catalogue), "-o", "c.h5", "--json", cwd=tmp_path).stdout)
    assert (told["path"], told["nodes"], len(told["refused"])) == ("c.h5", 1, 1)
    told = json.loads(run("build", "three-body-12", "-o", "b.h5", "--json", cwd=tmp_path).stdout)
    assert (told["path"], told["nodes"]) == ("b.h5", 12)
    told = json.loads(run("export", str(folder / "r.h5"), "-o", "t.csv", "--nodes", "0", "--json", cwd=tmp_path).stdout)
    assert told == {"path": "t.csv", "rows": len((tmp_path / "t.csv").read_text().splitlines()) - 1}


# -- bad input -------------------------------------------------------------------------------------------------------


REFUSED = {
    "unknown preset": (["info", "three-body"], "did you mean 'three-body-12'"),
    "no such file": (["info", "absent.h5"], "must be a preset or a file"),
    "not HDF5": (["info", "text.h5"], "must be a recipe, a scenario, a recording or a catalogue"),
    "not ours": (["info", "junk.h5"], "HDF5"),
    "no folder": (["build", "three-body-12", "-o", "absent/s.h5"], "orbitviz: "),
    "a picture's ending": (["render", "s.h5", "-o", "x.gif"], "a picture must end in .png or .jpg, got 'x.gif'"),
    "a table's ending": (["export", "s.h5", "-o", "x.parquet"], "an export must end in .csv"),
    "unknown metric": (["record", "s.h5", "-o", "x.h5", "--metrics", "warmth"], "must be one of"),
    "row out of range": (["export", "s.h5", "-o", "x.csv", "--nodes", "12"], "a row must be from 0 to 11, got 12"),
    "unknown bench": (["bench", "speed"], "a bench must be one of"),
    "onto itself": (["record", "s.h5", "-o", "s.h5"], "must not overwrite"),
    "nothing to import": (["import", "text.h5", "-o", "x.h5"], "must be a catalogue"),
    "a recipe's key": (["build", "typo.toml", "-o", "x.h5"], "altitude_km"),
    "below ground": (["build", "low.toml", "-o", "x.h5"], "above 100"),
}
RECIPE = '[scenario]\nname = "x"\n[[node_type]]\nname = "a"\n[[shell]]\nname = "s"\nnode_type = "a"\n'


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line(folder: Path, case: str, monkeypatch, capsys) -> None:
    (folder / "text.h5").write_text("this is no HDF5\n")
    (folder / "junk.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(300))
    (folder / "typo.toml").write_text(RECIPE + "altitud_km = 550.0\n")
    (folder / "low.toml").write_text(RECIPE + "altitude_km = -5.0\n")
    arguments, sentence = REFUSED[case]
    monkeypatch.chdir(folder)
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("orbitviz: ")
    assert told.err.count("\n") == 1
    assert sentence in told.err
    assert not list(folder.glob("x.*"))
    assert not list(folder.glob("*partial*"))


WRONG = {
    "no output": ["build", "three-body-12"],
    "a verb misspelt": ["recrod", "three-body-12"],
    "a duration": ["record", "three-body-12", "-o", "x.h5", "--duration", "soon"],
    "a step of nothing": ["record", "three-body-12", "-o", "x.h5", "--step", "0s"],
    "a time": ["render", "three-body-12", "-o", "x.png", "--time", "noon"],
    "a size": ["render", "three-body-12", "-o", "x.png", "--size", "1920"],
    "a camera": ["render", "three-body-12", "-o", "x.png", "--camera", "95,0,20000"],
    "a node": ["render", "three-body-12", "-o", "x.png", "--node", "3,0"],
    "workers": ["record", "three-body-12", "-o", "x.h5", "--workers", "0"],
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_exits_with_2(tmp_path: Path, case: str, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(WRONG[case])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err
    assert not list(tmp_path.iterdir())


def test_a_refusal_is_one_line_in_a_process_too() -> None:
    done = run("info", "three-body", code=1)
    told = "orbitviz: 'three-body' must be a preset or a file, there is neither; did you mean 'three-body-12'?"
    assert done.stderr == told + "\n"


def test_a_misspelt_verb_names_the_nearest() -> None:
    assert "did you mean `orbitviz record`?" in run("recrod", code=2).stderr


def test_an_unexpected_failure_is_a_sentence_too(monkeypatch, capsys) -> None:
    monkeypatch.delenv("ORBITVIZ_DEBUG", raising=False)
    monkeypatch.setattr(cli, "run_list", lambda arguments: 1 / 0)
    assert cli.main(["list"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("orbitviz: this should not happen, ZeroDivisionError")
    assert told.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to another process")
def test_ctrl_c_leaves_a_valid_recording(tmp_path: Path) -> None:
    arguments = ["record", "sunrise-51k", "-o", "r.h5", "--duration", "7d", "--json"]
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    while not process.stderr.readline().startswith("recording "):
        assert process.poll() is None
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in error
    last = error.strip().splitlines()[-1]
    assert last.startswith("orbitviz: the recording was stopped before its end, ")
    told = json.loads(out)
    assert not told["complete"]
    kept = json.loads(run("info", "r.h5", "--json", cwd=tmp_path).stdout)
    assert kept["frames"] == told["frames"] > 0
    assert f"{told['frames']} frames are kept" in last
    assert not kept["complete"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")]
)
def test_time_left_in_words(seconds: float, text: str) -> None:
    assert left(seconds) == text


def test_json_has_words_for_every_number(capsys) -> None:
    cli.show({"a": float("nan"), "b": (1, float("inf")), "c": Path("x")})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [1, None], "c": "x"}


@pytest.mark.gl
def test_render_writes_a_picture(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    run("render", "r.h5", "-o", str(out), "--size", "320x200", "--time", "2025-05-14T00:02:00Z", cwd=folder)
    data = out.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (320, 200)


@pytest.mark.gl
def test_layers_named_are_shown_and_the_others_hidden() -> None:
    shown = cli.only_layers(["sky", "borders"])
    assert shown["borders"] == {"visible": True}
    assert shown["globe"] == {"visible": False}
    assert shown["sky"] == {"visible": True}
    with pytest.raises(OrbitvizError, match=r"a layer must be one of sky, globe, .*, got 'clouds'"):
        cli.only_layers(["clouds"])


@pytest.mark.gl
def test_render_without_the_globe_is_another_picture(folder: Path, tmp_path: Path) -> None:
    for name in ("sky", "sky,globe"):
        run("render", "s.h5", "-o", str(tmp_path / f"{name}.png"), "--size", "96x64", "--layers", name, cwd=folder)
    assert (tmp_path / "sky.png").read_bytes() != (tmp_path / "sky,globe.png").read_bytes()


@pytest.mark.gl
def test_the_same_input_gives_the_same_pixels(folder: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        run("render", "r.h5", "-o", str(tmp_path / name), "--size", "160x100", "--metric", "radiator_k", cwd=folder)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
