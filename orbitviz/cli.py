"""The verbs of the command line. Each imports what it needs when it runs, so that `orbitviz --help` answers at once.

Exit codes: 0 done, 1 refused or failed (one line on stderr), 2 wrong usage. With --json one JSON object goes to stdout
and nothing else does; progress goes to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orbitviz
from orbitviz.cli_files import define_check, define_recover
from orbitviz.core.errors import CannotDrawError, OrbitvizError
from orbitviz.terminal import Meter, fail, json_flag, output_flag, rate, show

if TYPE_CHECKING:
    from orbitviz.api import OpenDocument
    from orbitviz.recorder import RecordResult

VERBS = ("list", "build", "record", "info", "check", "recover", "import", "export", "render", "bench")
PRESET_HELP = "a preset's name, a recipe (.toml), a scenario (.h5) or a catalogue (TLE, OMM)"
FILE_HELP = "a recording or a scenario (.h5), a recipe, a catalogue, or a preset's name"


Run = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None, others: dict[str, Run] | None = None) -> int:
    """Runs one verb; returns the exit code. A refusal is one line on stderr, never a traceback.

    others: what runs the verbs that this module does not run itself.
    """
    arguments = parser().parse_args(argv)
    run: Run = arguments.run or (others or {})[arguments.verb]
    try:
        code = run(arguments)
        sys.stdout.flush()
    except OrbitvizError as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("stopped")
    except BrokenPipeError:
        # Whoever read our output has had enough; a second failure at exit is kept quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return fail(f"the file must be accessible, {error.strerror or error} ({error.filename or 'no name'})")
    except MemoryError:
        return fail("the memory must suffice, it did not; take fewer nodes or frames")
    except Exception as error:
        if os.environ.get("ORBITVIZ_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}"
        return fail(f"this should not happen, {what}; run it again with ORBITVIZ_DEBUG=1 and report what it says")
    return code


# -- arguments -------------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """All verbs and their arguments."""
    result = argparse.ArgumentParser(
        prog="orbitviz",
        description="See, scrub and question constellations of up to a million AI data-centre satellites.",
        epilog="Without a verb the window opens, with the files named: orbitviz [FILE ...] [--time UTC] [--play]",
    )
    result.add_argument("--version", action="version", version=f"orbitviz {orbitviz.__version__}")
    verbs = result.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in VERBS:
        text, define = _DEFINITIONS[name]
        define(verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + "."))
    return result


def _utc(text: str) -> str:
    from orbitviz.core.epoch import Epoch

    try:
        Epoch.parse(text)
    except OrbitvizError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _duration(text: str) -> float:
    from orbitviz.core.epoch import parse_duration_s

    try:
        return parse_duration_s(text)
    except OrbitvizError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and 16 <= int(width) <= 8192 and 16 <= int(height) <= 8192):
        raise argparse.ArgumentTypeError(f"a size must look like 1920x1080, 16 to 8192 each, got '{text}'")
    return int(width), int(height)


def _camera(text: str) -> tuple[float, float, float]:
    try:
        latitude, longitude, distance = (float(part) for part in text.split(","))
    except ValueError:
        latitude, longitude, distance = 99.0, 0.0, 0.0
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 360.0 and 6400.0 < distance < 1e7):
        raise argparse.ArgumentTypeError(
            f"a camera must be LAT,LON,DIST_KM, degrees and km from the Earth's centre, as 30,10,25000, got '{text}'"
        )
    return latitude, longitude, distance


def _node(text: str) -> tuple[int, float]:
    row, _, away = text.partition(",")
    try:
        distance_km = float(away)
    except ValueError:
        distance_km = 0.0
    if not row.isdigit() or not 0.01 <= distance_km <= 300_000.0:
        raise argparse.ArgumentTypeError(f"a node must be ROW,KM, row and distance of 0.01 km or more, got '{text}'")
    return int(row), distance_km


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a count must be 1 or more, got '{text}'")
    return int(text)


def _frames(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"frames must be a whole number, 0 or more, got '{text}'")
    return int(text)


def _define_list(verb: argparse.ArgumentParser) -> None:
    json_flag(verb)
    verb.set_defaults(run=run_list)


def _define_build(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("what", metavar="PRESET", help=PRESET_HELP)
    output_flag(verb, "the scenario file to write (.h5)")
    json_flag(verb)
    verb.set_defaults(run=run_build)


def _define_record(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("what", metavar="PRESET", help=PRESET_HELP)
    output_flag(verb, "the recording to write (.h5)")
    verb.add_argument("--start", type=_utc, metavar="UTC", help="first instant; the scenario's epoch when left out")
    verb.add_argument("--duration", type=_duration, metavar="24h", help="how long; the scenario's when left out")
    verb.add_argument("--step", type=_duration, metavar="60s", help="time between frames; the scenario's when left out")
    verb.add_argument("--metrics", type=_names, metavar="A,B", help="what to record; all when left out")
    verb.add_argument("--workers", type=_count, metavar="N", help="processes; one a core when left out")
    verb.add_argument(
        "--segment",
        type=_frames,
        metavar="FRAMES",
        help="frames of each file of a folder OUT.segments, 0 for one file; by the size of the run when left out",
    )
    verb.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster: tcp://host:8786, or local")
    json_flag(verb)
    verb.set_defaults(run=run_record)


def _define_info(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("what", metavar="FILE", help=FILE_HELP)
    json_flag(verb)
    verb.set_defaults(run=run_info)


def _define_import(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", metavar="FILE", type=Path, nargs="+", help="TLE, 3LE, OMM as CSV or JSON")
    output_flag(verb, "the scenario file to write (.h5)")
    verb.add_argument("--format", metavar="NAME", help="tle, omm-csv or omm-json; by the content when left out")
    json_flag(verb)
    verb.set_defaults(run=run_import)


def _compare_flag(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--compare", metavar="OTHER", help="another recording: what FILE has less what OTHER has")


def _opened(arguments: argparse.Namespace) -> OpenDocument:
    """The file named, or its difference from another."""
    from orbitviz import api

    return api.compare(arguments.what, arguments.compare) if arguments.compare else api.open(arguments.what)


def _define_export(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("what", metavar="FILE", help=FILE_HELP)
    _compare_flag(verb)
    output_flag(verb, "the table to write (.csv)")
    verb.add_argument(
        "--nodes", default="all", metavar="0,17,id:1003", help="row numbers, id:NUMBER for node ids, or all"
    )
    verb.add_argument(
        "--metrics", type=_names, metavar="A,B", help="metrics, x_km, y_km, z_km; all metrics when left out"
    )
    verb.add_argument("--from", dest="start", type=_utc, metavar="UTC", help="first instant")
    verb.add_argument("--to", dest="end", type=_utc, metavar="UTC", help="last instant")
    json_flag(verb)
    verb.set_defaults(run=run_export)


def _define_render(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("what", metavar="FILE", help=FILE_HELP)
    _compare_flag(verb)
    output_flag(verb, "the picture to write (.png)")
    verb.add_argument("--time", type=_utc, metavar="UTC", help="the instant; the first when left out")
    verb.add_argument(
        "--size", type=_size, default=(1920, 1080), metavar="1920x1080", help="width and height in pixels"
    )
    verb.add_argument("--metric", metavar="M", help="what the nodes are coloured by")
    verb.add_argument("--layers", type=_names, metavar="A,B", help="the layers to show; the usual ones when left out")
    verb.add_argument(
        "--camera", type=_camera, metavar="LAT,LON,DIST_KM", help="from where, km from the Earth's centre"
    )
    verb.add_argument(
        "--node", type=_node, metavar="ROW,KM", help="from behind a node, so many km away; it is selected"
    )
    json_flag(verb)
    verb.add_argument(
        "--theme",
        choices=("dark", "light", "print"),
        default="dark",
        help="the look; print: ink on white, for paper (default: dark)",
    )
    verb.set_defaults(run=run_render)


def _define_bench(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("names", metavar="NAME", nargs="*", help="draw, scrub, record, load ...; all when left out")
    verb.add_argument("--nodes", type=_count, metavar="N", help="size of the fleet; a million when left out")
    json_flag(verb)
    verb.set_defaults(run=None)  # the benches stand beside this module: __main__ brings them in


_DEFINITIONS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "list": ("the presets: name, title, nodes", _define_list),
    "build": ("build a scenario file from a preset or recipe", _define_build),
    "record": ("simulate and record", _define_record),
    "info": ("what a file holds", _define_info),
    "check": ("say what is wrong with a recording, if anything is", define_check),
    "recover": ("copy what a crash left of a recording to a new file", define_recover),
    "import": ("turn catalogues of others into a scenario file", _define_import),
    "export": ("write values as a table", _define_export),
    "render": ("draw a picture without a screen", _define_render),
    "bench": ("measure against named baselines", _define_bench),
}


# -- verbs -----------------------------------------------------------------------------------------------------------


def run_list(arguments: argparse.Namespace) -> int:
    """`orbitviz list`."""
    from orbitviz import api

    presets = api.presets()
    if arguments.json:
        rows = [{"name": p.name, "title": p.title, "nodes": p.nodes, "description": p.description} for p in presets]
        return show({"presets": rows})
    for preset in presets:
        print(f"{preset.name:<20} {preset.nodes:>9,}  {preset.title}")
    return 0


def run_build(arguments: argparse.Namespace) -> int:
    """`orbitviz build`."""
    from orbitviz import api

    document = api.build(arguments.what, arguments.output)
    if arguments.json:
        return show({"path": arguments.output, "nodes": len(document.fleet), "title": document.title})
    print(f"{arguments.output}: {len(document.fleet):,} nodes, {document.title}")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """`orbitviz import`; each refused line is told on stderr."""
    from orbitviz import api

    fleet = api.import_files(arguments.files, arguments.output, arguments.format).fleet
    for sentence in fleet.refused:
        print(f"refused, {sentence}", file=sys.stderr)
    if arguments.json:
        return show({"path": arguments.output, "nodes": len(fleet), "refused": list(fleet.refused)})
    refused = f", {len(fleet.refused):,} refused" if fleet.refused else ""
    print(f"{arguments.output}: {len(fleet):,} object{'' if len(fleet) == 1 else 's'}{refused}")
    return 0


def run_record(arguments: argparse.Namespace) -> int:
    """`orbitviz record`; stopped by Ctrl-C it leaves a valid file and exits with 1."""
    from orbitviz import api
    from orbitviz.api.telling import assumed_node

    document = api.open(arguments.what)
    note = assumed_node(document)
    if note:
        print(f"note: {note}", file=sys.stderr, flush=True)
    meter = Meter(sys.stderr.isatty())
    result = api.record(
        document,
        arguments.output,
        start_s=0.0 if arguments.start is None else document.t_s(arguments.start),
        duration_s=arguments.duration,
        step_s=arguments.step,
        metrics=arguments.metrics,
        workers=arguments.workers,
        segment=arguments.segment,
        scheduler=arguments.scheduler,
        progress=meter.show,
    )
    meter.end()
    if arguments.json:
        show({**vars(result), "path": str(result.path)})
    if not result.complete:
        kept = f"{result.frames} frames are kept in {result.path}" if result.frames else "no frame was finished"
        return fail(f"the recording was stopped before its end, {kept}; record again to have all")
    if not arguments.json:
        print(_recorded(result))
    return 0


def _recorded(result: RecordResult) -> str:
    from orbitviz.core.units import with_unit

    size, memory = with_unit(float(result.bytes), "B"), with_unit(result.peak_rss_mb * 1e6, "B")
    return (
        f"{result.path}: {result.nodes:,} nodes, {result.frames:,} frames, {size}, {result.wall_s:.1f} s, "
        f"{rate(result.node_steps_per_s)}, {memory} of memory at most"
    )


def run_info(arguments: argparse.Namespace) -> int:
    """`orbitviz info`."""
    from orbitviz import api

    told = api.describe(api.open(arguments.what))
    if arguments.json:
        return show(told)
    print("\n".join(_told(told)))
    return 0


def _told(told: dict[str, Any]) -> list[str]:
    """`info` as lines for a person."""
    from orbitviz.core.units import with_unit

    lines = [f"{told['title']} ({told['kind']}, format {told['format_version']})"]
    lines += [told["description"]] if told["description"] else []
    size = with_unit(float(told["size_bytes"]), "B")
    shells = f"{len(told['shells']):,} shell{'s' if len(told['shells']) != 1 else ''}"
    lines.append(f"nodes    {told['nodes']:,} in {shells}; epoch {told['epoch_utc']}; {size}")
    if told["frames"]:
        end = "complete" if told["complete"] else "not complete: stopped before its end"
        lines.append(
            f"frames   {told['frames']:,}, {told['start']} to {told['end']}, every {told['step_s']:g} s; {end}"
        )
    for name, metric in told["metrics"].items():
        kind = "recorded" if metric["recorded"] else "computed"
        span = ", ".join(metric.get("flags", {}).values()) or "{:g} to {:g}".format(*metric["range"])
        clipped = f"; {metric['clipped']:,} values clipped" if metric.get("clipped") else ""
        lines.append(f"{kind} {name:<14} {metric['unit'] or '-':<8} {span}  ({metric['long_name']}{clipped})")
    lines += _told_beside(told)
    lines += [f"note     {text}" for text in told["notes"]]
    lines += [f"model    {part}: {text}" for part, text in told["model"].items()]
    if told["assumed_node"]:
        lines.append(f"assumed  {told['assumed_node']}")
    else:
        lines += [line for node in told["scenario"]["node_types"] for line in _told_inputs(node)]
    return lines + [f"source   {text}" for text in told["sources"]]


def _told_beside(told: dict[str, Any]) -> list[str]:
    """Totals, surface sums, events and jobs, as far as there are any."""
    lines = [f"totals   {len(told['totals']):,}: sums, means and percentiles of the fleet"] if told["totals"] else []
    if told["surface"]:
        lines.append(f"surface  sums in cells of 2 degrees: {', '.join(told['surface'])}")
    if told["events"]:
        kinds = ", ".join(f"{number:,} {kind}" for kind, number in told["events"].items())
        lines.append(f"events   {sum(told['events'].values()):,}: {kinds}")
    return lines + ([f"jobs     {told['jobs']:,}"] if told["jobs"] else [])


def _told_inputs(node: dict[str, Any]) -> list[str]:
    """Inputs of a node type by where they come from, one line each."""
    by_kind: dict[str, list[str]] = {}
    for key, told in node.items():
        if key != "name" and told["value"] is not None:
            by_kind.setdefault(told["kind"], []).append(key)
    return [f"{kind:<8} of '{node['name']}': {', '.join(keys)}" for kind, keys in sorted(by_kind.items(), reverse=True)]


def run_export(arguments: argparse.Namespace) -> int:
    """`orbitviz export`."""
    from orbitviz import api

    rows = api.export(
        _opened(arguments),
        arguments.output,
        nodes=arguments.nodes,
        metrics=arguments.metrics,
        start=arguments.start,
        end=arguments.end,
    )
    if arguments.json:
        return show({"path": arguments.output, "rows": rows})
    print(f"{arguments.output}: {rows:,} rows")
    return 0


def run_render(arguments: argparse.Namespace) -> int:
    """`orbitviz render`: through EGL, so that no screen is needed."""
    if arguments.output.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise OrbitvizError(f"a picture must end in .png or .jpg, got '{arguments.output.name}'", "name the file so")
    document = _opened(arguments)
    try:
        from orbitviz.scene.snapshot import render
    except (ImportError, OSError, RuntimeError) as error:  # vispy without any OpenGL library
        raise CannotDrawError(f"OpenGL must be installed ({error})", "run `make setup`, or install Mesa") from None
    render(
        document,
        arguments.output,
        time=arguments.time,
        size=arguments.size,
        metric=arguments.metric,
        layers=None if arguments.layers is None else only_layers(arguments.layers),
        camera=arguments.camera,
        node=arguments.node,
        theme=arguments.theme,
    )
    if arguments.json:
        return show({"path": arguments.output, "width": arguments.size[0], "height": arguments.size[1]})
    print(arguments.output)
    return 0


def only_layers(names: Sequence[str]) -> dict[str, dict[str, bool]]:
    """Settings that show the named layers and hide all others."""
    from orbitviz.scene.layers import LAYERS

    known = [layer.NAME for layer in LAYERS]
    for name in names:
        if name not in known:
            raise OrbitvizError(f"a layer must be one of {', '.join(known)}, got '{name}'", "name one of these")
    return {name: {"visible": name in names} for name in known}
