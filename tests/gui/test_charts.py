"""Charts over time: what is drawn is what the file holds, the mark follows the clock, the mouse drives it, files come
out whole."""

from __future__ import annotations

import csv
import errno
import io
import math
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ring_documents import METRICS, MemoryRecording, document
from window_desk import Desk

from orbitviz.api import Comparison, open_comparison
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import ShellInfo
from orbitviz.files.quantities import total_words
from orbitviz.gui import dialogs
from orbitviz.gui.docks.chart_export import table_of, write_file
from orbitviz.gui.docks.chart_look import look_of
from orbitviz.gui.docks.chart_plot import ChartPanel
from orbitviz.gui.docks.chart_series import Band, Chart, Series, thinned, value_range
from orbitviz.gui.docks.charts import ALL, DIFFERENCE, FLEET, NODES, Charts
from orbitviz.gui.docks.charts_fleet import OVERVIEW, fleet_topics
from orbitviz.gui.docks.charts_nodes import MOST_NODES
from orbitviz.gui.main_window import MainWindow

pytestmark = pytest.mark.gui
RAMP = np.linspace(0.0, 1.0, 10)


def full_document(nodes: int = 12, frames: int = 10) -> Document:
    """The ring with percentiles, shells and a total of another program."""
    opened = document(nodes)
    recording = MemoryRecording(nodes, frames)
    ramp = np.linspace(0.0, 1.0, frames)
    infos = tuple(ShellInfo(name, name, 550.0, 97.4, 1, nodes // 2) for name in ("Low", "High"))
    recording.fleet = replace(recording.fleet, shell=(np.arange(nodes) >= nodes // 2).astype(np.uint16), shells=infos)
    recording.totals = {
        "battery_soc_mean": 0.5 + 0.5 * ramp,
        "compute_w_sum": 1e6 * (1.0 + ramp),
        "array_w_sum": 2e6 * (1.0 + ramp),
        "sunlit_mean": 1.0 - 0.25 * ramp,
        "status_counts": np.column_stack([np.zeros(frames), np.full(frames, nodes - 2), np.full(frames, 2)]),
        "pigeons": 7.0 + ramp,
        "compute_w_sum_by_shell": np.column_stack((1e6 * ramp, 2e6 * ramp)),
        **{f"radiator_k_p{share:02d}": 300.0 + share * ramp for share in (1, 5, 50, 95, 99)},
    }
    return replace(opened, fleet=recording.fleet, recording=recording)


@pytest.fixture
def charts(desk: Desk, qtbot: QtBot) -> Charts:
    desk.open(full_document())
    desk.window.panes.toggle("charts")
    view = desk.window.panes.panes["charts"].view
    assert isinstance(view, Charts)
    qtbot.waitUntil(lambda: bool(view.stack.panels) and view.stack.panels[0].isVisible())
    return view


def show(view: Charts, qtbot: QtBot, what: str, panels: int = 1) -> list[ChartPanel]:
    view.choose(what)
    view.refresh()
    qtbot.waitUntil(lambda: len(view.stack.panels) == panels and view.stack.panels[0].box.width() > 50)
    return view.stack.panels


def look_at_nodes(view: Charts, qtbot: QtBot, desk: Desk, what: str) -> None:
    view.show_about(NODES)
    view.choose(what)
    wanted = [f"nodes {name}" for name in (METRICS if what == ALL else (what,))]
    qtbot.waitUntil(lambda: [chart.name for chart in view.stack.charts] == wanted)


# -- what is drawn -----------------------------------------------------------------------------------------------------


def test_drawn_totals_are_the_recordings_and_a_mean_stands_in_the_middle_of_its_step(
    charts: Charts, qtbot: QtBot, desk: Desk
) -> None:
    (panel,) = show(charts, qtbot, "power")
    assert panel.chart is not None and panel.chart.unit == "W" and panel.facts.text() == "MW · computed"
    assert [series.label for series in panel.chart.series] == ["generated", "computing"]
    x, y = panel.curves[1].getData()
    recording = desk.session.document.recording
    assert np.array_equal(y, recording.totals["compute_w_sum"])
    assert np.array_equal(x, recording.times_s + 30.0)


def test_the_share_in_eclipse_is_what_the_sunlit_share_leaves(charts: Charts, qtbot: QtBot) -> None:
    (panel,) = show(charts, qtbot, "eclipse")
    assert np.allclose(panel.curves[0].getData()[1], 0.25 * RAMP)
    assert panel.facts.text().startswith("%")


def test_states_are_counted_and_only_those_that_occur_have_a_line(charts: Charts, qtbot: QtBot) -> None:
    (panel,) = show(charts, qtbot, "status")
    assert [(e.label, e.value) for e in panel.legend.entries] == [("active", "10"), ("hibernating", "2")]


def test_percentiles_are_bands_about_the_median(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    (panel,) = show(charts, qtbot, "spread radiator_k")
    assert panel.chart is not None
    assert [band.label for band in panel.chart.bands] == ["1 to 99 %", "5 to 95 %"]
    assert [series.label for series in panel.chart.series] == ["median"]
    desk.session.clock.seek(540.0)
    charts.refresh()
    assert panel.legend.entries[1].value == "301 to 399 K" and panel.legend.entries[0].value == "350 K"


def test_shells_have_a_line_each_and_unknown_totals_are_found_too(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    (panel,) = show(charts, qtbot, "compute_w_sum_by_shell")
    assert panel.chart is not None and [series.label for series in panel.chart.series] == ["Low", "High"]
    assert np.array_equal(panel.curves[1].getData()[1], 2e6 * RAMP)
    (panel,) = show(charts, qtbot, "other 1")
    assert "pigeons" in [series.name for series in panel.chart.series]  # type: ignore[union-attr]


def test_many_shells_are_drawn_by_their_groups() -> None:
    opened = full_document(26)
    recording: Any = opened.recording
    infos = tuple(ShellInfo(f"S{n}", f"Group {n % 2}", 550.0 + n, 97.4, 1, 2) for n in range(13))
    fleet = replace(opened.fleet, shell=(np.arange(26) // 2).astype(np.uint16), shells=infos)
    recording.totals = {"compute_w_sum_by_shell": np.ones((10, 13))}
    topic = next(one for one in fleet_topics(replace(opened, fleet=fleet)) if one.name == "compute_w_sum_by_shell")
    (chart,) = topic.make()
    assert [(series.label, series.values[0]) for series in chart.series] == [("Group 0", 7.0), ("Group 1", 6.0)]
    assert "13 shells in 2 groups" in chart.title


def test_the_overview_stacks_what_there_is_on_one_axis_of_time(charts: Charts, qtbot: QtBot) -> None:
    panels = show(charts, qtbot, OVERVIEW, panels=4)
    assert [panel.chart.name for panel in panels if panel.chart] == ["power", "eclipse", "status", "spread radiator_k"]
    assert len({panel.box.viewRange()[0][0] for panel in panels}) == 1
    assert len({panel.plot_edges() for panel in panels}) == 1


# -- nodes -------------------------------------------------------------------------------------------------------------


def test_a_nodes_history_is_what_is_stored_of_it(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    charts.show_about(NODES)
    charts.refresh()
    assert charts.empty.isVisible() and charts.empty.text().startswith("Select a node to see its history")
    desk.session.selection.row = 3
    look_at_nodes(charts, qtbot, desk, "battery_soc")
    (chart,) = charts.stack.charts
    assert np.allclose(chart.series[0].values, (np.arange(10) + 3) / 250) and chart.series[0].label == "node 3"


def test_all_metrics_of_a_node_are_stacked_and_a_category_has_words(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    desk.session.selection.row = 0
    look_at_nodes(charts, qtbot, desk, ALL)
    panel = charts.stack.panels[list(METRICS).index("status")]
    desk.session.clock.seek(0.0)
    charts.refresh()
    assert panel.legend.entries[0].value == "planned"
    assert panel.curves[0].opts["stepMode"] == "right" and panel.facts.text() == "state · computed"


def test_of_a_large_set_some_are_drawn_and_it_says_how_many(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    desk.open(full_document(200))
    desk.session.selection.select_rows(np.arange(100), "half of them")
    look_at_nodes(charts, qtbot, desk, "battery_soc")
    assert len(charts.stack.charts[0].series) == MOST_NODES
    assert charts.words.text() == f"{MOST_NODES} of 100 nodes"


def test_histories_of_a_node_no_longer_selected_are_not_shown(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    desk.session.selection.row = 1
    look_at_nodes(charts, qtbot, desk, "battery_soc")
    desk.session.selection.row = None
    qtbot.waitUntil(charts.empty.isVisible)
    assert charts.histories.rows == [] and not charts.stack.charts


def test_names_over_a_narrow_plot_take_the_height_they_need_and_no_more(
    charts: Charts, qtbot: QtBot, desk: Desk
) -> None:
    desk.open(full_document(200))
    desk.session.selection.select_rows(np.arange(100), "half of them")
    look_at_nodes(charts, qtbot, desk, ALL)
    panel = ChartPanel(look_of())
    qtbot.addWidget(panel)
    panel.show_chart(charts.stack.charts[0], full_document().epoch)
    panel.show()
    for width in (300, 900, 400, 650):
        panel.resize(width, 400)
        qtbot.waitUntil(lambda width=width: panel.width() == width and panel.column == (width >= 720))
        if not panel.column:
            assert panel.legend.height() == panel.legend.rows_height(panel.legend.width()) < 400
    assert panel.legend.rows_height(300) > panel.legend.rows_height(650)


# -- clock and mouse ---------------------------------------------------------------------------------------------------


def point_at(panel: ChartPanel, t_s: float) -> QPoint:
    low, high = panel.box.viewRange()[1]
    scene = panel.box.mapViewToScene(QPointF(t_s, 0.5 * (low + high)))
    return panel.plot.mapFromScene(scene)


def test_a_click_seeks_and_a_drag_scrubs(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    (panel,) = show(charts, qtbot, "power")
    port, clock = panel.plot.viewport(), desk.session.clock
    QTest.mouseClick(port, Qt.MouseButton.LeftButton, pos=point_at(panel, 300.0))
    qtbot.waitUntil(lambda: abs(clock.t_s - 300.0) < 10.0)
    clock.playing = True
    qtbot.wait(600)  # not the second click of a double click
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=point_at(panel, 100.0))
    for t_s in (150.0, 250.0, 400.0):
        QTest.mouseMove(port, point_at(panel, t_s))
        qtbot.wait(30)
    assert not clock.playing and abs(clock.t_s - 400.0) < 10.0
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=point_at(panel, 400.0))
    qtbot.waitUntil(lambda: clock.playing)


def test_the_mark_moves_without_drawing_a_line_anew(
    charts: Charts, qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (panel,) = show(charts, qtbot, "power")
    qtbot.wait(300)
    handed, painted = panel.redraws, []
    kind = type(panel.curves[0])
    plain = kind.paint
    monkeypatch.setattr(kind, "paint", lambda self, *rest: (painted.append(self), plain(self, *rest))[1])
    for t_s in np.linspace(60.0, 480.0, 8):
        desk.session.clock.seek(float(t_s))
        charts.refresh()
        qtbot.wait(20)
    assert panel.mark.value() == 480.0 and panel.legend.entries[1].value == "1.83 MW"
    assert panel.redraws == handed
    assert not [one for one in painted if one in panel.curves]


def test_zooming_shows_a_part_and_a_double_click_all(charts: Charts, qtbot: QtBot) -> None:
    panels = show(charts, qtbot, OVERVIEW, panels=4)
    charts.stack.choose_span(120.0, 240.0)
    qtbot.waitUntil(lambda: panels[3].box.viewRange()[0] == [120.0, 240.0])
    assert charts.stack.zoomed
    qtbot.wait(150)
    QTest.mouseDClick(panels[0].plot.viewport(), Qt.MouseButton.LeftButton, pos=point_at(panels[0], 200.0))
    QTest.mouseRelease(panels[0].plot.viewport(), Qt.MouseButton.LeftButton, pos=point_at(panels[0], 200.0))
    qtbot.waitUntil(lambda: not charts.stack.zoomed)
    assert tuple(panels[0].box.viewRange()[0]) == charts.stack.whole


def test_spans_come_at_most_ten_times_a_second(charts: Charts, qtbot: QtBot) -> None:
    (panel,) = show(charts, qtbot, "power")
    qtbot.wait(150)
    before = panel.redraws
    for number in range(50):
        charts.stack.choose_span(100.0 + number, 300.0 + number)
    assert panel.redraws - before <= 2
    qtbot.waitUntil(lambda: panel.box.viewRange()[0] == [149.0, 349.0])


def test_linked_with_the_timeline_both_show_the_same_part_of_time(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    track = desk.window.timeline.track
    (panel,) = show(charts, qtbot, "eclipse")
    charts.stack.choose_span(120.0, 240.0)
    assert not track.span.is_zoomed
    charts.link.setChecked(True)
    assert not charts.stack.zoomed
    charts.stack.choose_span(180.0, 300.0)
    assert track.span.seen == (180.0, 300.0)
    track.zoom(0.5, 240.0)
    assert charts.stack.span == track.span.seen == (210.0, 270.0)
    qtbot.waitUntil(lambda: panel.box.viewRange()[0] == [210.0, 270.0])
    charts.stack.show_all()
    assert not track.span.is_zoomed


# -- growing -----------------------------------------------------------------------------------------------------------


def test_lines_grow_with_the_recording_and_the_span_stays(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    (panel,) = show(charts, qtbot, "power")
    charts.stack.choose_span(120.0, 300.0)
    longer: Any = full_document(frames=20).recording
    recording: Any = desk.session.document.recording
    recording.times_s, recording.totals = longer.times_s, longer.totals
    desk.session.grow()
    charts.refresh()
    assert len(panel.chart.series[0].values) == 20 and charts.stack.span == (120.0, 300.0)  # type: ignore[union-attr]
    charts.stack.show_all()
    assert charts.stack.span[1] == 19 * 60.0 + 30.0


# -- two runs ----------------------------------------------------------------------------------------------------------


def test_two_runs_stand_on_one_axis_and_their_difference_on_its_own(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    other: Any = full_document()
    recording = other.recording
    recording.totals = {name: 0.5 * np.asarray(values) for name, values in recording.totals.items()}
    runs = two_runs(full_document(), other)
    desk.session.open(runs.a)
    desk.window.comparison = runs
    qtbot.waitUntil(lambda: charts.about.findData(DIFFERENCE) >= 0)
    (panel,) = show(charts, qtbot, "power")
    assert panel.chart is not None
    first, second = panel.chart.series[1], panel.chart.series[3]
    assert (first.label, first.dash, second.label, second.dash) == ("computing, A", False, "computing, B", True)
    assert np.array_equal(panel.curves[3].getData()[1], 0.5e6 * (1.0 + RAMP)) and first.colour == second.colour
    assert panel.curves[3].opts["pen"].style() == Qt.PenStyle.DashLine
    assert "A, solid" in charts.words.text()
    charts.show_about(DIFFERENCE)
    (panel,) = show(charts, qtbot, "power")
    assert panel.chart is not None and panel.title.text() == "A − B: Power of all nodes"
    assert np.allclose(panel.curves[1].getData()[1], 0.5e6 * (1.0 + RAMP))
    (panel,) = show(charts, qtbot, "eclipse")
    assert np.allclose(panel.curves[0].getData()[1], -0.5 * (1.0 - 0.25 * RAMP))
    (panel,) = show(charts, qtbot, "spread radiator_k")
    assert panel.chart is not None and not panel.chart.bands and len(panel.chart.series) == 5
    desk.window.comparison = None
    qtbot.waitUntil(lambda: charts.about.findData(DIFFERENCE) < 0)
    assert charts.about.currentData() in (FLEET, NODES)


def two_runs(a: Document, b: Document) -> Comparison:
    for run in (a, b):
        recording: Any = run.recording
        names = recording.totals
        recording.total_infos = {name: total_words(name, recording.metrics) for name in names}
    return open_comparison(a, b)


# -- export ------------------------------------------------------------------------------------------------------------


def test_the_table_read_back_holds_every_value_in_full(
    charts: Charts, qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    show(charts, qtbot, OVERVIEW, panels=4)
    charts.export(str(tmp_path / "table.csv"))
    rows = list(csv.reader((tmp_path / "table.csv").open(encoding="utf-8")))
    recording: Any = desk.session.document.recording
    assert rows[0][:3] == ["t_s [s]", "utc", "Power of all nodes: generated, mean of the step [W]"]
    column = rows[0].index("Power of all nodes: computing, mean of the step [W]")
    assert [float(row[0]) for row in rows[1:]] == recording.times_s.tolist()
    assert rows[2][1].startswith("2026-03-20T00:01:00")
    assert [float(row[column]) for row in rows[1:]] == recording.totals["compute_w_sum"].tolist()


def test_two_runs_share_a_table_and_what_one_lacks_is_empty(charts: Charts, desk: Desk) -> None:
    a = Series("p", "power", "W", np.array([0.0, 60.0]), np.array([1.0, math.pi]))
    b = replace(a, times_s=np.array([60.0, 120.0]), values=np.array([3.0, math.nan]), dash=True)
    text = table_of([Chart("p", "Power", "W", (a, b))], desk.session.document.epoch)
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][2:] == ["Power: power [W]", "Power: power, of the compared run [W]"]
    assert [row[2:] for row in rows[1:]] == [["1.0", ""], ["3.141592653589793", "3.0"], ["", ""]]


def test_pictures_are_twice_as_dense_and_ink_on_white_is_white(charts: Charts, qtbot: QtBot, tmp_path: Path) -> None:
    show(charts, qtbot, "power")
    charts.on_white.setChecked(True)
    charts.export(str(tmp_path / "picture.png"))
    image, (width, height) = QImage(str(tmp_path / "picture.png")), charts.stack.picture_size(charts.title)
    assert (image.width(), image.height()) == (2 * width, 2 * height)
    assert image.pixelColor(2, 2).name() == "#ffffff"
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 10


def test_the_drawing_is_well_formed_and_holds_names_and_lines(charts: Charts, qtbot: QtBot, tmp_path: Path) -> None:
    show(charts, qtbot, "power")
    charts.export(str(tmp_path / "drawing.svg"))
    root = ET.parse(tmp_path / "drawing.svg").getroot()
    texts = "".join(root.itertext())
    assert "Power of all nodes" in texts and "generated" in texts and "UTC" in texts
    lines = [part for part in root.iter() if part.tag.endswith("path") or part.tag.endswith("polyline")]
    most = max(len(part.get("d", part.get("points", "")).split()) for part in lines)
    assert most >= 10 and not [part for part in root.iter() if part.tag.endswith("image")]


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OrbitvizError, match="the folder must exist"):
        write_file(str(tmp_path / "nowhere" / "a.csv"), b"1")
    (tmp_path / "a.csv").write_bytes(b"old")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OrbitvizError, match="it is full"):
        write_file(str(tmp_path / "a.csv"), b"new")
    assert (tmp_path / "a.csv").read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_the_action_opens_the_dock_asks_for_a_file_and_writes_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(full_document())
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: str(tmp_path / "charts"))
    desk.window.actions_by_name["export_charts"].trigger()
    assert (tmp_path / "charts.csv").read_text(encoding="utf-8").startswith("t_s [s],utc,")
    assert desk.window.stage.banner.text == f"Saved {tmp_path / 'charts.csv'}."


def test_a_folder_that_is_not_there_is_said_in_a_dialog(
    charts: Charts, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(charts, qtbot, "power")
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: str(tmp_path / "nowhere" / "a.png"))
    charts.ask_export("png")
    said = [one for one in charts.findChildren(dialogs.ErrorDialog) if one.isVisible()]
    assert len(said) == 1 and said[0].sentence.text() == "The folder must exist, it does not."


def test_a_nodes_line_grows_with_the_recording(charts: Charts, qtbot: QtBot, desk: Desk) -> None:
    desk.session.selection.row = 3
    look_at_nodes(charts, qtbot, desk, "battery_soc")
    recording: Any = desk.session.document.recording
    recording.times_s = np.arange(20) * 60.0
    assert desk.player is not None
    desk.player.set_times(recording.times_s)
    desk.session.grow()
    qtbot.waitUntil(lambda: len(charts.stack.charts[0].series[0].values) == 20)
    assert charts.stack.charts[0].series[0].values[19] == pytest.approx(22 / 250)


# -- without a window --------------------------------------------------------------------------------------------------


def test_half_a_million_points_are_thinned_without_losing_a_peak() -> None:
    times = np.arange(500_000.0) * 60.0
    values = np.sin(times / 1e6)
    values[[123_456, 400_001]] = 9.0, -9.0
    values[250_000:250_100] = np.nan
    x, y = thinned(times, values, float(times[0]), float(times[-1]), 1000)
    assert len(x) < 4_500 and np.nanmax(y) == 9.0 and np.nanmin(y) == -9.0
    assert np.array_equal(values[np.searchsorted(times, x)], y, equal_nan=True)
    assert x[0] == times[0] and x[-1] == times[-1]


def test_a_line_is_cut_where_it_leaves_the_span() -> None:
    x, y = thinned(np.array([0.0, 10.0, 20.0]), np.array([0.0, 10.0, 0.0]), 5.0, 15.0, 100)
    assert x.tolist() == [5.0, 10.0, 15.0] and y.tolist() == [5.0, 10.0, 5.0]
    x, y = thinned(np.array([0.0, 10.0, 20.0]), np.array([1.0, 4.0, 2.0]), 5.0, 15.0, 100, steps=True)
    assert x.tolist() == [5.0, 10.0, 15.0] and y.tolist() == [1.0, 4.0, 4.0]


def test_shares_stay_within_their_bounds_and_noise_does_not_fill_the_axis() -> None:
    times = np.arange(3.0)
    share = Chart("s", "S", "1", (Series("s", "s", "1", times, np.array([0.0, 0.5, 1.0])),))
    assert value_range(share, [share.series[0].values]) == (-0.06, 1.06)
    assert value_range(share, [np.ones(3)])[1] == pytest.approx(1.0006)
    nothing = Chart("n", "N", "PFLOP/s", (Series("n", "n", "PFLOP/s", times, np.zeros(3)),))
    assert value_range(nothing, [np.zeros(3)])[1] == pytest.approx(1.06e-15)
    still = Chart("k", "K", "K", (Series("k", "k", "K", times, np.array([300.0, 300.1, 300.0])),))
    low, high = value_range(still, [still.series[0].values])
    assert high - low == pytest.approx(1.12 * 3.0, rel=0.01)


def test_a_value_is_mixed_as_the_picture_mixes_it() -> None:
    line = Series("a", "a", "W", np.array([0.0, 60.0]), np.array([10.0, 20.0]), mean=True)
    assert line.at(60.0) == 15.0 and line.at(30.0) == 10.0 and line.at(0.0) == 10.0
    assert math.isnan(line.at(1e6))
    state = Series("s", "s", "1", np.array([0.0, 60.0]), np.array([1.0, 2.0]))
    assert state.at(29.0, category=True) == 1.0 and state.at(31.0, category=True) == 2.0
    assert replace(state, unit="").at(59.0) == 1.0 and replace(state, unit="").at(60.0) == 2.0


def test_bands_are_columns_of_the_table_too() -> None:
    one = Series("a", "a", "W", np.zeros(1), np.ones(1))
    assert [s.name for s in Chart("c", "C", "W", (one,), (Band("b", one, one),)).everything] == ["a", "a", "a"]


def test_the_program_starts_without_the_library_of_charts() -> None:
    code = "import sys, orbitviz.app; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_scenario_that_is_not_recorded_says_what_to_do(desk: Desk, qtbot: QtBot) -> None:
    assert isinstance(desk.window, MainWindow)
    desk.open(document(recorded=False))
    desk.window.panes.toggle("charts")
    view = desk.window.panes.panes["charts"].view
    assert isinstance(view, Charts)
    qtbot.waitUntil(view.empty.isVisible)
    assert "Record it" in view.empty.text()


@pytest.mark.parametrize("frames", [20, 40_000])
def test_a_line_is_broken_at_a_gap_however_many_points_it_has(frames: int) -> None:
    times = np.arange(2 * frames) * 60.0
    times[frames:] += 600.0
    series = Series("a", "a", "W", times, np.sin(times / 900.0))
    x, y = thinned(series.drawn_s, series.values, float(times[0]), float(times[-1]), 300, gaps=series.gaps)
    (broken,) = np.flatnonzero(np.isnan(y))
    assert x[broken - 1] == times[frames - 1] and x[broken + 1] == times[frames]
    assert math.isnan(series.at(float(times[frames - 1]) + 300.0))
    assert series.at(float(times[frames])) == series.values[frames]
    inside, _ = thinned(times, series.values, times[frames - 1] + 100.0, times[-1], 300, gaps=series.gaps)
    assert inside[0] == times[frames]
