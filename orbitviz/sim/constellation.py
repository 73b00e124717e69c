"""From a recipe or a catalogue to the constant columns of every node: build_fleet, fleet_from_catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import ELEMENT_NAMES, CatalogueRows, Fleet, MeanElements, ShellInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import ElementSet, Scenario, Shell
from orbitviz.core.units import SECONDS_PER_DAY, TWO_PI
from orbitviz.sim.patterns import Layer, kozai_mean_motion_rad_min, layers

F64 = NDArray[np.float64]
LEO_ALTITUDE_KM = 2000.0
GEO_PERIOD_MIN = (1400.0, 1470.0)
HEO_ECCENTRICITY = 0.25
NAME_BYTES = 24


@dataclass
class _Part:
    """Some rows of a fleet that belong together; `shell` counts from zero within the part."""

    elements: MeanElements
    shell: NDArray[np.uint16]
    plane: NDArray[np.uint32]
    slot: NDArray[np.uint32]
    node_type: int
    shells: list[ShellInfo]
    name: NDArray[np.bytes_] | None = None
    catalog_number: NDArray[np.uint32] | None = None

    def __len__(self) -> int:
        return len(self.elements)


def build_fleet(scenario: Scenario, catalogues: Mapping[str, CatalogueRows] | None = None) -> Fleet:
    """Every node of a scenario, in the order shell, plane, slot; node_id is the row.

    `catalogues` holds the rows of each [[tle]] file by its name there. Raises RecipeError.
    """
    scenario.validate()
    kinds = {kind.name: index for index, kind in enumerate(scenario.node_types)}
    epoch = scenario.epoch
    parts = [
        _layer_part(shell, layer, index, kinds[shell.node_type])
        for shell in scenario.shells
        for index, layer in enumerate(layers(shell, epoch))
    ]
    for name in dict.fromkeys(item.node_type for item in scenario.elements):
        rows = _element_rows([item for item in scenario.elements if item.node_type == name], epoch)
        parts.append(_catalogue_part(rows, epoch, kinds[name], "elements"))
    refused: list[str] = []
    for entry in scenario.catalogues:
        rows = _catalogue(catalogues or {}, entry.file)
        refused += [f"{entry.file}, {line}" for line in rows.refused]
        parts.append(_catalogue_part(rows, epoch, kinds[entry.node_type], entry.file))
    return _joined(scenario, parts, tuple(refused))


def fleet_from_catalogue(rows: CatalogueRows, node_type: NodeType, title: str) -> Fleet:
    """The objects of a catalogue as a fleet: epoch is the latest element epoch; shells are orbit classes."""
    if len(rows) == 0:
        raise OrbitvizError(
            f"the catalogue '{title}' must hold at least one object, it has none", "choose another file"
        )
    latest = np.lexsort((rows.epoch_fraction, rows.epoch_jd))[-1]
    epoch = Epoch.from_jd(float(rows.epoch_jd[latest]), float(rows.epoch_fraction[latest]))
    part = _catalogue_part(rows, epoch, 0, title)
    return Fleet(
        epoch,
        part.elements,
        np.arange(len(part), dtype=np.uint32),
        part.shell,
        part.plane,
        part.slot,
        np.zeros(len(part), np.uint16),
        tuple(part.shells),
        (node_type,),
        name=part.name,
        catalog_number=part.catalog_number,
        title=title,
        sources=(rows.source,) if rows.source else (),
        refused=rows.refused,
    )


def _layer_part(shell: Shell, layer: Layer, index: int, node_type: int) -> _Part:
    count = len(layer.plane)
    elements = MeanElements(
        np.full(count, kozai_mean_motion_rad_min(layer.altitude_km)),
        layer.eccentricity,
        np.full(count, layer.inclination_rad),
        layer.raan_rad,
        layer.argp_rad,
        layer.mean_anomaly_rad,
        np.full(count, shell.bstar),
        np.zeros(count),
    )
    several = shell.shells > 1 and shell.pattern != "cluster"
    info = ShellInfo(
        f"{shell.name} · {layer.altitude_km:.1f} km" if several else shell.name,
        shell.name,
        layer.altitude_km,
        float(np.degrees(layer.inclination_rad)),
        int(layer.plane[-1]) + 1,
        int(layer.slot[-1]) + 1,
    )
    return _Part(elements, np.zeros(count, np.uint16), layer.plane, layer.slot, node_type, [info])


def _element_rows(items: list[ElementSet], epoch: Epoch) -> CatalogueRows:
    """[[elements]] of a recipe as catalogue rows; those without an epoch are at the scenario's."""
    epochs = [Epoch.parse(item.epoch) if item.epoch else epoch for item in items]

    def column(name: str, factor: float = 1.0) -> F64:
        return np.array([getattr(item, name) for item in items], dtype=np.float64) * factor

    degree = np.pi / 180.0
    elements = MeanElements(
        column("mean_motion_rev_per_day", TWO_PI / 1440.0),
        column("eccentricity"),
        column("inclination_deg", degree),
        column("raan_deg", degree) % TWO_PI,
        column("argp_deg", degree) % TWO_PI,
        column("mean_anomaly_deg", degree) % TWO_PI,
        column("bstar"),
        np.zeros(len(items)),
    )
    return CatalogueRows(
        np.array([_name_bytes(item.name) for item in items], dtype=f"S{NAME_BYTES}"),
        np.zeros(len(items), np.uint32),
        np.array([when.jd for when in epochs]),
        np.array([when.fraction for when in epochs]),
        elements,
    )


def _name_bytes(name: str) -> bytes:
    """UTF-8 cut to NAME_BYTES, never within a character."""
    return name.encode("utf-8")[:NAME_BYTES].decode("utf-8", "ignore").encode("utf-8")


def _catalogue(catalogues: Mapping[str, CatalogueRows], file: str) -> CatalogueRows:
    if file not in catalogues:
        raise OrbitvizError(
            f"the catalogue '{file}' of the recipe must be read before the fleet is built, it was not",
            "put the file beside the recipe",
        )
    return catalogues[file]


def _catalogue_part(rows: CatalogueRows, epoch: Epoch, node_type: int, group: str) -> _Part:
    """Rows sorted by orbit class (file order within), their own epochs folded into epoch_s."""
    epoch_s = (rows.epoch_jd - epoch.jd) * SECONDS_PER_DAY + (rows.epoch_fraction - epoch.fraction) * SECONDS_PER_DAY
    names, shell = classes(rows.elements)
    order = np.argsort(shell, kind="stable")
    shell = shell[order]
    columns = [getattr(rows.elements, name)[order] for name in ELEMENT_NAMES]
    elements = MeanElements(*[*columns, epoch_s[order]])
    starts = np.searchsorted(shell, np.arange(len(names)))
    counts = np.bincount(shell, minlength=len(names))
    shells = [
        _class_info(name, group, elements.rows(slice(start, start + count)))
        for name, start, count in zip(names, starts.tolist(), counts.tolist(), strict=True)
    ]
    slot = (np.arange(len(shell)) - starts[shell]).astype(np.uint32)
    plane = np.zeros(len(shell), np.uint32)
    name, number = rows.name[order], rows.catalog_number[order]
    return _Part(elements, shell.astype(np.uint16), plane, slot, node_type, shells, name, number)


def _class_info(name: str, group: str, elements: MeanElements) -> ShellInfo:
    altitude = float(np.median(elements.altitude_km))
    inclination = float(np.degrees(np.median(elements.inclination_rad)))
    return ShellInfo(name, group, altitude, inclination, 1, len(elements))


def classes(elements: MeanElements) -> tuple[list[str], NDArray[np.intp]]:
    """Orbit classes for a legend: names, and the class of each row (N,), none of them empty.

    HEO: eccentricity of 0.25 or more. GEO: period of 1,400 to 1,470 min. LEO: semi-major axis below 2,000 km of
    altitude, by whole degrees of inclination where at least 10 objects and 2 % of all share one, the others together.
    MEO: the rest.
    """
    altitude, period = elements.altitude_km, TWO_PI / elements.mean_motion_rad_min
    heo = elements.eccentricity >= HEO_ECCENTRICITY
    geo = ~heo & (period >= GEO_PERIOD_MIN[0]) & (period <= GEO_PERIOD_MIN[1])
    leo = ~heo & ~geo & (altitude < LEO_ALTITUDE_KM)
    key = np.full(len(elements), 1001)
    key[geo], key[heo] = 1002, 1003
    degree = np.clip(np.rint(np.degrees(elements.inclination_rad)), 0, 180).astype(np.intp)
    counts = np.bincount(degree[leo], minlength=181)
    common = counts >= max(10, 0.02 * len(elements))
    key[leo] = np.where(common[degree[leo]], degree[leo], 1000)
    keys, index = np.unique(key, return_inverse=True)
    fixed = {1000: "LEO · other" if common.any() else "LEO", 1001: "MEO", 1002: "GEO", 1003: "HEO"}
    return [fixed.get(int(k), f"LEO · {int(k)}°") for k in keys], np.asarray(index, dtype=np.intp)


def _joined(scenario: Scenario, parts: list[_Part], refused: tuple[str, ...]) -> Fleet:
    """The parts end to end."""
    shells = tuple(info for part in parts for info in part.shells)
    if len(shells) > np.iinfo(np.uint16).max:
        raise OrbitvizError(
            f"a fleet must have at most {np.iinfo(np.uint16).max:,} shells, got {len(shells):,}", "use fewer altitudes"
        )
    sizes = np.array([len(part) for part in parts])
    first_shell = np.cumsum([0, *(len(part.shells) for part in parts)])[:-1]
    local = np.concatenate([part.shell for part in parts])
    named = any(part.name is not None for part in parts)
    names = (*ELEMENT_NAMES, "epoch_s")
    return Fleet(
        scenario.epoch,
        MeanElements(*(np.concatenate([getattr(part.elements, name) for part in parts]) for name in names)),
        np.arange(sizes.sum(), dtype=np.uint32),
        (local + np.repeat(first_shell, sizes)).astype(np.uint16),
        np.concatenate([part.plane for part in parts]),
        np.concatenate([part.slot for part in parts]),
        np.repeat(np.array([part.node_type for part in parts], dtype=np.uint16), sizes),
        shells,
        scenario.node_types,
        name=np.concatenate([_names(part) for part in parts]) if named else None,
        catalog_number=np.concatenate([_numbers(part) for part in parts]) if named else None,
        title=scenario.title or scenario.name,
        description=scenario.description,
        sources=scenario.sources,
        refused=refused,
    )


def _names(part: _Part) -> NDArray[np.bytes_]:
    return np.zeros(len(part), f"S{NAME_BYTES}") if part.name is None else part.name


def _numbers(part: _Part) -> NDArray[np.uint32]:
    return np.zeros(len(part), np.uint32) if part.catalog_number is None else part.catalog_number
