"""What `import orbitviz` offers, and where sim and files meet: open, build, import, record, export.

Everything that can be shown opens as one Document, whatever it was: a preset's name, a recipe, a scenario, a recording,
somebody's catalogue.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz import files, recorder
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.document import Document, Recording
from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import ELEMENT_NAMES, CatalogueRows, Fleet, MeanElements
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import NodeType, Scenario
from orbitviz.files.exporters import Column, exporter_for
from orbitviz.files.exporters import Instant as TableInstant
from orbitviz.files.importers import read_catalogue
from orbitviz.files.importers.rows import named
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.scenario_file import parse_recipe, read_recipe_text, read_scenario, write_scenario
from orbitviz.files.schema import FORMAT_VERSION
from orbitviz.metrics import METRICS, OrbitFrame, metric_infos
from orbitviz.sim.constellation import build_fleet, fleet_from_catalogue
from orbitviz.sim.links import plus_grid_pairs
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction, sun_teme

Instant = str | float | None
DEFAULT_STEP_S = 60.0
MOST_LINKED_NODES = 20_000
"""Largest fleet whose links are worked out when it is built."""

_FIGURES = tuple(item.name for item in fields(NodeType) if item.name not in ("name", "assumed"))
CATALOGUE_NODE = NodeType("unknown", assumed=_FIGURES)
"""What each object of a catalogue is taken for: a catalogue says where it flies, not what it is."""


@dataclass(frozen=True)
class OpenDocument(Document):
    """A Document whose metrics can be asked for at any instant."""

    def t_s(self, at: Instant) -> float:
        """Seconds from the epoch: of UTC text, of a number of seconds, or of the beginning."""
        if at is None:
            return self.span_s[0]
        return Epoch.parse(at).seconds_since(self.epoch) if isinstance(at, str) else float(at)

    def metric(self, name: str, at: Instant = None) -> NDArray[np.float32]:
        """(N,) float32 values in the unit of metrics[name], NaN where there is none. `at`: UTC text or seconds.

        A recorded quantity is mixed between the frames round the instant; a category is that of the frame before, and
        so is the mean of a step. Raises OrbitvizError for an unknown name or an instant outside the recording.
        """
        if name not in self.metrics:
            raise OrbitvizError(f"a metric must be one of {', '.join(self.metrics)}, got '{name}'", "name one of these")
        t_s = self.t_s(at)
        if self.recording is not None and name in self.recording.metrics:
            return self._recorded(self.recording, name, t_s)
        return METRICS[name].compute(self.orbit_frame(t_s))

    def _recorded(self, recording: Recording, name: str, t_s: float) -> NDArray[np.float32]:
        times_s, info = recording.times_s, recording.metrics[name]
        if not len(times_s) or not times_s[0] <= t_s <= times_s[-1]:
            span = " to ".join(self.epoch.plus(float(t)).iso() for t in self.span_s)
            raise OrbitvizError(
                f"the time must be within the recording ({span}), got {self.epoch.plus(t_s).iso()}", "choose another"
            )
        before = int(np.searchsorted(times_s, t_s, side="right")) - 1
        values = self.frame(name, before)
        if info.is_category or info.mean or times_s[before] == t_s:
            return values
        mix = np.float32((t_s - times_s[before]) / (times_s[before + 1] - times_s[before]))
        return np.asarray(values + mix * (self.frame(name, before + 1) - values))

    def frame(self, name: str, index: int) -> NDArray[np.float32]:
        """(N,) physical values of one recorded frame."""
        if self.recording is None:
            raise OrbitvizError(
                f"'{self.title}' must be a recording to have frames, it is a scenario", "record it first"
            )
        info = self.recording.metrics[name]
        stored = np.empty(len(self.fleet), dtype=info.dtype)
        self.recording.read(name, index, stored)
        return info.values(stored)

    @cached_property
    def propagator(self) -> Propagator:
        """Mean elements -> TEME states; made when first needed."""
        return Propagator.of(self.fleet)

    def orbit_frame(self, t_s: float) -> OrbitFrame:
        """Positions, Sun and light at one instant, computed from the elements."""
        position_km = np.asarray(self.propagator.states(t_s, velocity=False)[0][0], dtype=np.float64)
        unit, distance_km = sun_teme(self.epoch, t_s)
        sun_km = np.asarray(unit * distance_km)
        lit = np.asarray(lit_fraction(position_km, sun_km), dtype=np.float64)
        return OrbitFrame(self.fleet, t_s, position_km, sun_km, lit)

    def part(self, rows: NDArray[np.intp]) -> OpenDocument:
        """The same for some rows of the fleet, by its elements: without recorded frames, names and links."""
        fleet = self.fleet
        columns: dict[str, Any] = dict.fromkeys(("name", "catalog_number", "on_s", "off_s", "pairs"))
        for name in ("node_id", "shell", "plane", "slot", "node_type"):
            columns[name] = getattr(fleet, name)[rows]
        part = replace(fleet, elements=fleet.elements.rows(rows), **columns)
        return replace(self, kind="scenario", fleet=part, recording=None, metrics=metric_infos(fleet))


# -- presets ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preset:
    """A recipe that comes with the program: what a gallery shows of it."""

    name: str
    title: str
    nodes: int
    description: str
    path: Path


def presets() -> list[Preset]:
    """All presets, the largest first."""
    found = []
    for path in scenarios_folder().glob("*.toml"):
        scenario = parse_recipe(read_recipe_text(path), path)
        found.append(Preset(path.stem, scenario.title, scenario.nodes, scenario.description, path))
    return sorted(found, key=lambda preset: (-preset.nodes, preset.name))


def preset_path(name: str) -> Path | None:
    """The recipe of the preset of that name, None when there is none."""
    if not name or Path(name).name != name:
        return None
    path = scenarios_folder() / f"{name}.toml"
    return path if path.is_file() else None


# -- open -------------------------------------------------------------------------------------------------------------


def open(what: str | Path | Document) -> OpenDocument:
    """A preset's name, or a file: recipe, scenario, recording or catalogue -> a Document. Raises OrbitvizError."""
    if isinstance(what, OpenDocument):
        return what
    if isinstance(what, Document):
        return OpenDocument(**{item.name: getattr(what, item.name) for item in fields(Document)})
    recipe = preset_path(what) if isinstance(what, str) else None
    if recipe is not None:
        return _open_preset(recipe)
    path = Path(what).expanduser()
    if not path.exists():
        raise _nothing_of_that_name(str(what))
    if path.is_dir():
        raise OrbitvizError("what is opened must be a file, it is a folder", "name a file in it", path)
    return open_file(path)


def _nothing_of_that_name(what: str) -> OrbitvizError:
    names = sorted(path.stem for path in scenarios_folder().glob("*.toml"))
    near = difflib.get_close_matches(what, names, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "`orbitviz list` names the presets"
    return OrbitvizError(f"'{what}' must be a preset or a file, there is neither", hint)


def _open_preset(recipe: Path) -> OpenDocument:
    """From the scenario file built beside the recipe when that is not older, else built in memory."""
    built = recipe.with_suffix(".h5")
    if built.is_file() and built.stat().st_mtime >= recipe.stat().st_mtime:
        return open_file(built)
    return open_file(recipe)


def open_file(path: Path) -> OpenDocument:
    """A file of any known kind, recognised by its content."""
    kind = files.kind_of(path)
    if kind == "recording":
        return _recording_document(path)
    if kind == "scenario":
        return _scenario_document(path, *read_scenario(path))
    if kind == "recipe":
        return _scenario_document(path, *_built(path))
    if kind == "catalogue":
        return _scenario_document(path, None, catalogue_fleet(read_catalogue(path), path.stem))
    raise OrbitvizError(f"the file must be a recipe, scenario, recording or catalogue, it is a {kind}", "", path)


def _recording_document(path: Path) -> OpenDocument:
    recording = open_recording(path)
    metrics = {**metric_infos(recording.fleet), **recording.metrics}
    # Recorded ones come first in every list.
    ordered: Mapping[str, MetricInfo] = {name: metrics[name] for name in (*recording.metrics, *metrics)}
    title = recording.title or path.stem
    return OpenDocument("recording", path, title, recording.fleet, recording.scenario, recording, ordered)


def _scenario_document(path: Path, scenario: Scenario | None, fleet: Fleet) -> OpenDocument:
    title = fleet.title or (scenario.title if scenario is not None else "") or path.stem
    return OpenDocument("scenario", path, title, fleet, scenario, None, metric_infos(fleet))


def _built(path: Path) -> tuple[Scenario, Fleet]:
    """A recipe and the fleet built from it, which keeps the recipe's text as it was written."""
    text = read_recipe_text(path)
    scenario = parse_recipe(text, path)
    catalogues = {item.file: read_catalogue(path.parent / item.file) for item in scenario.catalogues}
    fleet = build_fleet(scenario, catalogues)
    pairs = plus_grid_pairs(fleet, scenario.links) if len(fleet) <= MOST_LINKED_NODES else None
    return scenario, replace(fleet, recipe=text, pairs=pairs)


def catalogue_fleet(rows: CatalogueRows, title: str) -> Fleet:
    """A catalogue as a fleet; its objects are taken for a node all of whose figures are assumed."""
    return replace(fleet_from_catalogue(rows, CATALOGUE_NODE, title), refused=rows.refused)


# -- describe ---------------------------------------------------------------------------------------------------------

MODEL = {
    "orbits": "SGP4 with WGS72 constants from mean elements; positions in TEME",
    "sunlight": "cones of umbra and penumbra with overlap of the disks; sphere of 6378.137 km, no air; erfa's Sun",
    "node": "array, battery, compute under the recipe's workload, one lumped radiator; steps split at the shadow",
}


def describe(document: Document) -> dict[str, Any]:
    """What a document holds, as plain values: what `orbitviz info` tells."""
    fleet, scenario, recording = document.fleet, document.scenario, document.recording
    told: dict[str, Any] = {
        "kind": document.kind,
        "path": None if document.path is None else str(document.path),
        "format_version": FORMAT_VERSION,
        "title": document.title,
        "description": fleet.description or (scenario.description if scenario is not None else ""),
        "epoch_utc": document.epoch.iso(),
        "nodes": len(fleet),
        "links": 0 if fleet.pairs is None else len(fleet.pairs),
        "size_bytes": document.path.stat().st_size if document.path is not None else 0,
        "refused": len(fleet.refused),
    }
    told |= _frames_told(document)
    told["metrics"] = {name: _metric_told(document, info) for name, info in document.metrics.items()}
    told["node_types"] = [{"name": kind.name, "assumed": list(kind.assumed)} for kind in fleet.node_types]
    told["shells"] = [vars(shell) for shell in fleet.shells]
    told["model"] = MODEL if recording is not None else {key: MODEL[key] for key in ("orbits", "sunlight")}
    told["sources"] = list(fleet.sources or (scenario.sources if scenario is not None else ()))
    return told


def _frames_told(document: Document) -> dict[str, Any]:
    """Frames are at start, start + step, ..., end - step."""
    recording = document.recording
    if recording is None or not document.is_recorded:
        return {"frames": 0, "start": None, "end": None, "step_s": None, "complete": recording is None}
    times_s = recording.times_s
    step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else getattr(recording, "step_s", 0.0)
    first, last = document.span_s
    return {
        "frames": len(times_s),
        "start": document.epoch.plus(first).iso(),
        "end": document.epoch.plus(last + step_s).iso(),
        "step_s": step_s,
        "complete": recording.complete,
    }


def _metric_told(document: Document, info: MetricInfo) -> dict[str, Any]:
    told: dict[str, Any] = {"unit": info.unit, "long_name": info.long_name, "range": [info.low, info.high]}
    told["recorded"] = document.recording is not None and info.name in document.recording.metrics
    if told["recorded"]:
        told["max_error"] = info.max_error
    if info.is_category:
        told["flags"] = {str(number): word for number, word in info.flags.items()}
    return told


# -- build and import -------------------------------------------------------------------------------------------------


def build(what: str | Path, out: str | Path) -> OpenDocument:
    """A preset, recipe or catalogue -> a scenario file; returns what was built."""
    recipe = preset_path(what) if isinstance(what, str) else None
    document = open_file(recipe) if recipe is not None else open(what)
    write_scenario(out, document.scenario, document.fleet)
    return document


def import_files(paths: Sequence[str | Path], out: str | Path, name: str | None = None) -> OpenDocument:
    """Catalogues of others (TLE, OMM) -> one scenario file; `name`: the format, by the content when left out."""
    sources = [Path(path) for path in paths]
    rows = joined([read_catalogue(path, name) for path in sources])
    fleet = catalogue_fleet(rows, ", ".join(path.stem for path in sources))
    write_scenario(out, None, fleet)
    return _scenario_document(Path(out), None, fleet)


def joined(parts: Sequence[CatalogueRows]) -> CatalogueRows:
    """Several catalogues end to end; refused lines are told with their file."""
    if len(parts) == 1:
        return parts[0]
    columns = {
        name: np.concatenate([getattr(part.elements, name) for part in parts]) for name in (*ELEMENT_NAMES, "epoch_s")
    }
    number = np.concatenate([part.catalog_number for part in parts])
    return CatalogueRows(
        name=named(np.concatenate([part.name for part in parts]), number),
        catalog_number=number,
        epoch_jd=np.concatenate([part.epoch_jd for part in parts]),
        epoch_fraction=np.concatenate([part.epoch_fraction for part in parts]),
        elements=MeanElements(**columns),
        refused=tuple(f"{part.source}, {reason}" for part in parts for reason in part.refused),
        source=", ".join(part.source for part in parts),
    )


# -- record and export -------------------------------------------------------------------------------------------------


def record(what: str | Path | Document | Scenario, path: str | Path, **options: Any) -> recorder.RecordResult:
    """Simulate and write a recording; options as recorder.record: start_s, duration_s, step_s, metrics ..."""
    if isinstance(what, Scenario):
        return recorder.record(what, build_fleet(what), path, **options)
    document = open(what)
    if document.path is not None and document.path.resolve() == Path(path).resolve():
        raise OrbitvizError("a recording must not overwrite what it is made from", "name another file", path)
    return recorder.record(document.scenario, document.fleet, path, **options)


POSITION = ("x_km", "y_km", "z_km")
"""Columns of the SGP4 position in TEME, asked for like metrics."""
FEW_NODES = 16
"""Up to so many nodes a recording is read node by node, by history, instead of frame by frame."""


def export(
    what: str | Path | Document,
    out: str | Path,
    *,
    nodes: str | Sequence[int] = "all",
    metrics: Sequence[str] | None = None,
    start: Instant = None,
    end: Instant = None,
) -> int:
    """Write values as a table, one row a node and instant, in the format of out's ending; returns the rows written.

    nodes: "all", row numbers as text or numbers ("0,17"), or node ids ("id:1003"). metrics: names, also x_km, y_km and
    z_km; by default every metric. start, end: the first and last instant, as UTC text or in seconds from the epoch;
    instants are the frames of a recording, or the steps of a scenario. Raises OrbitvizError.
    """
    document, path = open(what), Path(out)
    exporter = exporter_for(path)
    rows = node_rows(document.fleet, nodes)
    columns = [_column(document, name) for name in metrics or document.metrics]
    times_s = _export_times(document, start, end)
    return exporter.write(path, document.epoch, rows, columns, _instants(document, rows, columns, times_s))


def node_rows(fleet: Fleet, nodes: str | Sequence[int]) -> NDArray[np.intp]:
    """Rows of a fleet from "all", "0,17", "id:1003" or numbers. Raises OrbitvizError for one that is not there."""
    if isinstance(nodes, str) and nodes.strip().lower() == "all":
        return np.arange(len(fleet))
    parts = nodes.split(",") if isinstance(nodes, str) else [str(node) for node in nodes]
    return np.array([_node_row(fleet, part.strip()) for part in parts], dtype=np.intp)


def _node_row(fleet: Fleet, text: str) -> int:
    number = text.removeprefix("id:").strip()
    if not (number.isascii() and number.isdigit()):
        raise OrbitvizError(f"a node must be a row number or id:NUMBER, got '{text}'", "write for example 0,17,id:1003")
    if text.startswith("id:"):
        found = np.flatnonzero(fleet.node_id == int(number))
        if not len(found):
            raise OrbitvizError(f"a node id must be one of the fleet's, got {number}", "see /fleet/node_id")
        return int(found[0])
    if int(number) >= len(fleet):
        raise OrbitvizError(f"a row must be from 0 to {len(fleet) - 1}, got {number}", "rows count from 0")
    return int(number)


def _column(document: Document, name: str) -> Column:
    if name in POSITION:
        return Column(name, "km", decimals=6)
    if name not in document.metrics:
        known = ", ".join((*document.metrics, *POSITION))
        raise OrbitvizError(f"a metric must be one of {known}, got '{name}'", "name one of these")
    info = document.metrics[name]
    return Column(name, info.unit, info.flags if info.is_category else None)


def _export_times(document: OpenDocument, start: Instant, end: Instant) -> NDArray[np.float64]:
    """Recorded instants, or a scenario's steps, from start to end, both counted in."""
    times_s: NDArray[np.float64]
    if document.recording is not None:
        times_s = np.asarray(document.recording.times_s, dtype=np.float64)
    else:
        step_s = document.scenario.step_s if document.scenario is not None else DEFAULT_STEP_S
        first_s = 0.0 if start is None else document.t_s(start)
        last_s = document.span_s[1] - step_s if end is None else document.t_s(end)
        count = max(0, int(np.floor((last_s - first_s) / step_s + 1e-9)) + 1)
        times_s = first_s + step_s * np.arange(count, dtype=np.float64)
    kept = np.ones(len(times_s), dtype=bool)
    if start is not None:
        kept &= times_s >= document.t_s(start) - 1e-6
    if end is not None:
        kept &= times_s <= document.t_s(end) + 1e-6
    if not kept.any():
        raise OrbitvizError("an export must have at least one instant, none is from --from to --to", "widen the span")
    return np.asarray(times_s[kept])


def _instants(
    document: OpenDocument, rows: NDArray[np.intp], columns: Sequence[Column], times_s: NDArray[np.float64]
) -> Iterator[TableInstant]:
    """The values of each instant, read or computed when the writer asks for them."""
    recording = document.recording
    recorded = [column.name for column in columns if recording is not None and column.name in recording.metrics]
    histories: dict[str, NDArray[np.float32]] = {}
    if recording is not None and len(rows) <= FEW_NODES < len(times_s):
        for name in recorded:
            histories[name] = np.stack([recording.history(name, int(row)) for row in rows], axis=1)
    computed = [column.name for column in columns if column.name not in recorded]
    part = document.part(rows) if computed else document
    first = 0 if recording is None else int(np.searchsorted(recording.times_s, times_s[0]))
    for index, t_s in enumerate(times_s.tolist(), start=first):
        values: dict[str, NDArray[Any]] = {name: series[index] for name, series in histories.items()}
        values |= {name: document.frame(name, index)[rows] for name in recorded if name not in histories}
        if computed:
            values |= _computed(part.orbit_frame(t_s), computed)
        yield TableInstant(t_s, values)


def _computed(frame: OrbitFrame, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    axes: dict[str, NDArray[Any]] = dict(zip(POSITION, frame.position_km.T, strict=True))
    return {name: axes[name] if name in axes else METRICS[name].compute(frame) for name in names}
