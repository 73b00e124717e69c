"""The fleet in an HDF5 file that has passed the gate: columns checked for length, range and indices, epochs folded."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import LONGEST_S, Epoch
from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.core.fleet import ELEMENT_NAMES, Fleet, MeanElements, ShellInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.rules import NO_FIGURES
from orbitviz.core.scenario import Scenario
from orbitviz.core.units import SECONDS_PER_DAY, TWO_PI
from orbitviz.files import schema
from orbitviz.files.attributes import number_attribute, text_attribute, texts_attribute
from orbitviz.files.codec import read_column
from orbitviz.files.recipe import parse_recipe


class FleetReader:
    """The fleet in an open, vetted file; every refusal says which dataset must hold what and what it holds."""

    def __init__(self, file: h5py.File, path: Path) -> None:
        self.file = file
        self.path = path
        self.epoch = self._epoch()
        self.notes: list[str] = []
        self.nodes = self._count()

    def refuse(self, message: str, hint: str = "correct the file") -> FileRefusedError:
        """A refusal of this file."""
        return FileRefusedError(message, hint, self.path)

    def _epoch(self) -> Epoch:
        """The instant t_s = 0: epoch_utc, to the last bit where epoch_jd and epoch_fraction agree with it."""
        text = text_attribute(self.file, "epoch_utc", self.path)
        if not text:
            raise self.refuse(
                "the root attribute epoch_utc must say when t_s = 0 is, it is missing",
                "write it, as 2026-03-20T00:00:00Z",
            )
        try:
            epoch = Epoch.parse(text)
        except OrbitvizError as error:
            raise self.refuse(f"the root attribute epoch_utc: {error.message}", error.hint) from None
        jd = number_attribute(self.file, "epoch_jd", self.path)
        fraction = number_attribute(self.file, "epoch_fraction", self.path)
        if jd is not None and fraction is not None and abs(Epoch.from_jd(jd, fraction).seconds_since(epoch)) < 1e-3:
            return Epoch.from_jd(jd, fraction)
        return epoch

    def _count(self) -> int:
        """N: rows of the elements, else of the recorded positions."""
        name = "/fleet/elements/eccentricity"
        if name in self.file:
            nodes = int(self.file[name].shape[0])
        elif "/frames/position_km" in self.file:
            nodes = int(self.file["/frames/position_km"].shape[1])
        else:
            raise self.refuse(f"'{name}' must be in the file, it is missing", "write the elements of each node")
        if nodes < 1:
            raise self.refuse(f"a file must hold at least one node, '{name}' has none", "write at least one")
        return nodes

    def column(self, path: str, default: Any = None) -> NDArray[Any] | None:
        """One declared column (N,) in the schema's dtype; `default` (None or a number) where it is left out."""
        column = schema.COLUMNS[path]
        if path not in self.file:
            return None if default is None else np.full(self.nodes, default, column.dtype)
        dataset = self.file[path]
        if dataset.shape[0] != self.nodes:
            raise self.refuse(f"'{path}' must have {self.nodes:,} rows, one a node, got {dataset.shape[0]:,}")
        return self.converted(path, self.values(dataset), column.dtype)

    def values(self, dataset: h5py.Dataset) -> NDArray[Any]:
        """All values of a column; a damaged one is refused."""
        try:
            return read_column(dataset)
        except (OSError, RuntimeError, ValueError) as error:
            raise self.refuse(
                f"'{dataset.name}' must be readable, it is damaged: {str(error).splitlines()[0][:120]}",
                "copy the file again from where it came from",
            ) from None

    def converted(self, path: str, values: NDArray[Any], dtype: str) -> NDArray[Any]:
        """Into our own dtype, refusing whole numbers that do not fit in it."""
        if dtype == "S" or values.dtype == np.dtype(dtype):
            return values
        if np.dtype(dtype).kind == "u" and len(values):
            least, most = int(values.min()), int(values.max())
            if least < 0 or most > np.iinfo(dtype).max:
                wrong = least if least < 0 else most
                raise self.refuse(f"'{path}' must be from 0 to {np.iinfo(dtype).max:,}, got {wrong:,}")
        return values.astype(dtype)

    def fleet(self) -> Fleet:
        """Everything under /fleet, /shells, /node_types and /links."""
        node_types = self.node_types()
        shell = self._index("/fleet/shell", None)
        shells = self.shells()
        elements = self.elements()
        shells = shells or _shells_from(elements, shell)
        self.check_index("/fleet/shell", shell, len(shells))
        kinds = self._index("/fleet/node_type", len(node_types))
        node_id = self.column("/fleet/node_id")
        return Fleet(
            epoch=self.epoch,
            elements=elements,
            node_id=np.arange(self.nodes, dtype=np.uint32) if node_id is None else node_id,
            shell=shell,
            plane=self._index("/fleet/plane", None),
            slot=self._index("/fleet/slot", None),
            node_type=kinds,
            shells=shells,
            node_types=node_types,
            name=self.column("/fleet/name"),
            catalog_number=self.column("/fleet/catalog_number"),
            on_s=self.column("/fleet/on_s"),
            off_s=self.column("/fleet/off_s"),
            pairs=self._pairs(),
            title=text_attribute(self.file, "title", self.path),
            description=text_attribute(self.file, "description", self.path),
            sources=texts_attribute(self.file, "sources", self.path),
            recipe=self.recipe(),
        )

    def elements(self) -> MeanElements:
        """Mean elements, checked, with each node's own epoch folded in float64 to seconds from the file's."""
        if "/fleet/elements/eccentricity" not in self.file:
            # Only positions were recorded: there is nothing to propagate, and nothing is made up.
            return MeanElements(*[*(np.full(self.nodes, np.nan) for _ in ELEMENT_NAMES), np.zeros(self.nodes)])
        columns = []
        for name in ELEMENT_NAMES:
            path = f"/fleet/elements/{name}"
            values = self.column(path, 0.0 if name == "bstar" else None)
            if values is None:
                raise self.refuse(f"'{path}' must be in the file, it is missing", "write all six elements of each node")
            self._check_range(path, values)
            columns.append(values)
        jd = self.column("/fleet/elements/epoch_jd")
        fraction = self.column("/fleet/elements/epoch_fraction")
        if jd is None or fraction is None:
            return MeanElements(*[*columns, np.zeros(self.nodes)])
        epoch_s = (jd - self.epoch.jd) * SECONDS_PER_DAY
        epoch_s += (fraction - self.epoch.fraction) * SECONDS_PER_DAY
        self._check_range("/fleet/elements/epoch_jd", epoch_s)
        return MeanElements(*[*columns, epoch_s])

    def _check_range(self, path: str, values: NDArray[Any]) -> None:
        """Finite and possible, told with the first row that is not."""
        if "/frames/position_km" in self.file:
            # A node without elements is where its recorded positions say.
            known = values[~np.isnan(values)]
            if not len(known):
                return
            values = np.where(np.isnan(values), known[0], values)
        for rule, low, high in _RANGES[path.rpartition("/")[2]]:
            self._check_rule(path, values, rule, low, high)

    def _check_rule(self, path: str, values: NDArray[Any], rule: str, low: float, high: float) -> None:
        least, most = float(values.min()), float(values.max())
        if np.isfinite(least) and np.isfinite(most) and least >= low and most <= high:
            return
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= low) & (values <= high)))
        others = f", and {len(wrong) - 1:,} more rows" if len(wrong) > 1 else ""
        raise self.refuse(f"'{path}' must be {rule}, got {values[wrong[0]]} in row {wrong[0]}{others}")

    def _index(self, path: str, limit: int | None) -> NDArray[Any]:
        values = self.column(path, 0)
        assert values is not None
        if limit is not None:
            self.check_index(path, values, limit)
        return values

    def check_index(self, path: str, values: NDArray[Any], limit: int) -> None:
        """Refuses rows of a table that it does not have."""
        if int(values.max()) >= limit:
            raise self.refuse(f"'{path}' must be a row below {limit:,}, got {int(values.max()):,}")

    def _pairs(self) -> NDArray[np.uint32] | None:
        if "/links/pairs" not in self.file or self.file["/links/pairs"].shape[0] == 0:
            return None
        pairs = self.converted("/links/pairs", self.file["/links/pairs"][()], "u4")
        self.check_index("/links/pairs", pairs, self.nodes)
        return pairs

    def table(self, group: str) -> dict[str, list[Any]]:
        """A table's columns as lists of text and numbers; all must be equally long."""
        if group not in self.file or not isinstance(self.file[group], h5py.Group):
            return {}
        columns: dict[str, list[Any]] = {}
        for name, dataset in self.file[group].items():
            if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 1 or dataset.shape[0] > 65_535:
                raise self.refuse(f"'{group}/{name}' must be a column of at most 65,535 rows")
            values = self.values(dataset)
            texts = values.dtype.kind == "S"
            columns[name] = (
                [bytes(v).decode("utf-8", "replace").strip("\x00 ") for v in values] if texts else values.tolist()
            )
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            raise self.refuse(f"the columns of '{group}' must be equally long, got {sorted(lengths)}")
        return columns

    def shells(self) -> tuple[ShellInfo, ...]:
        """The rows of /shells; () when there is no such table."""
        columns = self.table("/shells")
        names = [item.name for item in fields(ShellInfo)]
        if not columns or not columns.get("name"):
            return ()
        rows = len(columns["name"])
        columns.setdefault("group", columns["name"])
        for name in names:
            if name not in columns:
                columns[name] = [0] * rows
        kinds = get_type_hints(ShellInfo)
        cells = ([kinds[name](columns[name][row]) for name in names] for row in range(rows))
        return tuple(ShellInfo(*row) for row in cells)

    def node_types(self) -> tuple[NodeType, ...]:
        """The rows of /node_types. What is left out stands at its default and is listed under `assumed`."""
        columns = self.table("/node_types")
        rows = len(columns["name"]) if "name" in columns else 0
        if rows == 0:
            return (NodeType("unknown", assumed=tuple(item.name for item in fields(NodeType) if item.name != "name")),)
        return tuple(self._node_type({name: column[row] for name, column in columns.items()}) for row in range(rows))

    def _node_type(self, cells: dict[str, Any]) -> NodeType:
        known = {item.name: item for item in fields(NodeType)}
        assumed = [word.strip() for word in str(cells.pop("assumed", "")).split(",") if word.strip() in known]
        told = {*cells, *assumed, *NO_FIGURES, *(name for name, item in known.items() if item.default is None)}
        assumed += [name for name in known if name not in told]
        cells["origin"] = tuple(line for line in str(cells.get("origin", "")).split("\n") if line.strip())
        values: dict[str, Any] = {}
        for name, value in cells.items():
            if name not in known:
                continue
            default = known[name].default
            if default is None:
                value = None if isinstance(value, str) or np.isnan(value) else float(value)
            elif isinstance(default, int | float) and isinstance(value, str):
                raise self.refuse(f"'/node_types/{name}' must hold numbers, it holds text")
            elif isinstance(default, int) and np.isfinite(value):
                value = int(value)
            values[name] = str(value) if name == "name" or isinstance(default, str) else value
        try:
            kind = NodeType(**values, assumed=tuple(assumed))
            kind.validate()
        except OrbitvizError as error:
            raise self.refuse(f"'/node_types': {error.message}", error.hint) from None
        return kind

    def recipe(self) -> str:
        """The text of /scenario, empty when there is none."""
        if "/scenario" not in self.file or not isinstance(self.file["/scenario"], h5py.Dataset):
            return ""
        value = self.file["/scenario"][()]
        text = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        if len(text) > schema.MAX_RECIPE_BYTES:
            raise self.refuse("'/scenario' must be at most 1 MB of text, it is longer")
        return text.strip("\x00 ")

    def scenario(self) -> Scenario | None:
        """The recipe as a Scenario; None when there is none. RecipeError when it is not one."""
        text = self.recipe()
        return parse_recipe(text, self.path) if text.strip() else None


_ANGLE = (("a finite number", -np.inf, np.inf), ("from -1,000,000 to 1,000,000 rad", -1e6, 1e6))
_RANGES = {
    "mean_motion_rad_min": (
        ("above zero", np.nextafter(0.0, 1.0), np.inf),
        ("at most 20 revolutions a day", 0.0, 20 * TWO_PI / 1440),
    ),
    "eccentricity": (("at least 0 and below 1", 0.0, np.nextafter(1.0, 0.0)),),
    "inclination_rad": (("from 0 to pi", 0.0, np.pi),),
    "raan_rad": _ANGLE,
    "argp_rad": _ANGLE,
    "mean_anomaly_rad": _ANGLE,
    "epoch_jd": (("a day within 200 years of epoch_utc", -LONGEST_S, LONGEST_S),),
    "bstar": (("a finite number", -np.inf, np.inf), ("from -10 to 10", -10.0, 10.0)),
}


def _shells_from(elements: MeanElements, shell: NDArray[Any]) -> tuple[ShellInfo, ...]:
    """Shells of a file without a table of them: means of the rows that carry each number."""
    counts = np.bincount(shell)
    nodes = np.maximum(counts, 1)
    altitude_km = np.bincount(shell, np.nan_to_num(elements.altitude_km)) / nodes
    inclination_deg = np.rad2deg(np.bincount(shell, np.nan_to_num(elements.inclination_rad)) / nodes)
    return tuple(
        ShellInfo(f"shell {i}", f"shell {i}", float(altitude_km[i]), float(inclination_deg[i]), 1, int(count))
        for i, count in enumerate(counts)
    )
