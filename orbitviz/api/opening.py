"""Whatever it is, opened as one Document: a preset, a recipe, a scenario, a recording, somebody's catalogue."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from orbitviz import files, recorder
from orbitviz.api.document import OpenDocument
from orbitviz.api.presets import preset_path
from orbitviz.core.address import address_name, is_address, shown_address
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import CatalogueRows, Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario
from orbitviz.files.importers import joined, read_catalogue
from orbitviz.files.recipe import beside
from orbitviz.files.recording_reader import RecordingReader, open_recording
from orbitviz.files.recording_writer import partial_path
from orbitviz.files.remote_recording import open_address
from orbitviz.files.scenario_file import parse_recipe, read_recipe_text, read_scenario, write_scenario
from orbitviz.files.segments_reader import SegmentsReader, open_segments
from orbitviz.files.segments_writer import INDEX
from orbitviz.metrics import metric_infos, with_derived
from orbitviz.sim.constellation import build_fleet, fleet_from_catalogue
from orbitviz.sim.links import plus_grid_pairs

MOST_LINKED_NODES = 20_000
"""Largest fleet whose links are worked out when it is built."""

_FIGURES = tuple(item.name for item in fields(NodeType) if item.name not in ("name", "assumed"))
CATALOGUE_NODE = NodeType("unknown", assumed=_FIGURES)
"""What each object of a catalogue is taken for: a catalogue says where it flies, not what it is."""


def open(what: str | Path | Document, told: Callable[[int], None] | None = None) -> OpenDocument:
    """A preset's name, a file (recipe, scenario, recording or catalogue), a folder of segments, or an address
    (https://host/run.h5) of a recording -> a Document. Raises OrbitvizError.

    told: called with the bytes fetched so far while an address is opened; what it raises ends that.
    """
    if isinstance(what, OpenDocument):
        return what
    if isinstance(what, Document):
        return OpenDocument(**{item.name: getattr(what, item.name) for item in fields(Document)})
    if isinstance(what, str) and is_address(what):
        return _recording_document(open_address(what, told), None, shown_address(what))
    recipe = preset_path(what) if isinstance(what, str) else None
    if recipe is not None:
        return _open_preset(recipe)
    path = Path(what).expanduser()
    if not path.exists():
        # A recording grows under another name until it is whole.
        path = partial_path(path) if partial_path(path).is_file() else path
    if not path.exists():
        raise _nothing_of_that_name(str(what))
    if path.name == INDEX and path.is_file():
        path = path.parent  # a dialog that picks files picks a folder of segments by this one
    return _recording_document(open_segments(path), path) if path.is_dir() else open_file(path)


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
        return _recording_document(open_recording(path), path)
    if kind == "scenario":
        return _scenario_document(path, *read_scenario(path))
    if kind == "recipe":
        return _scenario_document(path, *_built(path))
    if kind == "catalogue":
        return _scenario_document(path, None, catalogue_fleet(read_catalogue(path), path.stem))
    raise OrbitvizError(f"the file must be a recipe, scenario, recording or catalogue, it is a {kind}", "", path)


def _recording_document(reader: RecordingReader | SegmentsReader, path: Path | None, address: str = "") -> OpenDocument:
    recording = with_derived(reader)
    metrics = {**metric_infos(recording.fleet), **recording.metrics}
    # Recorded ones come first in every list.
    ordered: Mapping[str, MetricInfo] = {name: metrics[name] for name in (*recording.metrics, *metrics)}
    title = reader.title or (path.stem if path is not None else address_name(address))
    return OpenDocument(
        "recording", path, title, recording.fleet, recording.scenario, recording, ordered, address=address
    )


def _scenario_document(path: Path, scenario: Scenario | None, fleet: Fleet) -> OpenDocument:
    title = fleet.title or (scenario.title if scenario is not None else "") or path.stem
    return OpenDocument("scenario", path, title, fleet, scenario, None, metric_infos(fleet))


def _built(path: Path) -> tuple[Scenario, Fleet]:
    """A recipe and the fleet built from it, which keeps the recipe's text as it was written."""
    text = read_recipe_text(path)
    scenario = parse_recipe(text, path)
    catalogues = {item.file: read_catalogue(beside(path, item.file)) for item in scenario.catalogues}
    fleet = build_fleet(scenario, catalogues)
    pairs = plus_grid_pairs(fleet, scenario.links) if len(fleet) <= MOST_LINKED_NODES else None
    return scenario, replace(fleet, recipe=text, pairs=pairs)


def catalogue_fleet(rows: CatalogueRows, title: str) -> Fleet:
    """A catalogue as a fleet; its objects are taken for a node all of whose figures are assumed."""
    return replace(fleet_from_catalogue(rows, CATALOGUE_NODE, title), refused=rows.refused)


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


def record(what: str | Path | Document | Scenario, path: str | Path, **options: Any) -> recorder.RecordResult:
    """Simulate and write a recording; options as recorder.record: start_s, duration_s, step_s, metrics ..."""
    if isinstance(what, Scenario):
        return recorder.record(what, build_fleet(what), path, **options)
    document = open(what)
    if document.path is not None and document.path.resolve() == Path(path).resolve():
        raise OrbitvizError("a recording must not overwrite what it is made from", "name another file", path)
    return recorder.record(document.scenario, document.fleet, path, **options)
