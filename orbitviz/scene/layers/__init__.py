"""LAYERS: what there is to see, in draw order. A new layer is a folder here and a line below."""

from __future__ import annotations

from orbitviz.scene.layer import Layer
from orbitviz.scene.layers.arrows import ArrowsLayer
from orbitviz.scene.layers.borders import BordersLayer
from orbitviz.scene.layers.fleet_orbits import FleetOrbitsLayer
from orbitviz.scene.layers.globe import GlobeLayer
from orbitviz.scene.layers.labels import LabelsLayer
from orbitviz.scene.layers.links import LinksLayer
from orbitviz.scene.layers.marker import MarkerLayer
from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.layers.orbits import OrbitsLayer
from orbitviz.scene.layers.shapes import ShapesLayer
from orbitviz.scene.layers.sky import SkyLayer
from orbitviz.scene.layers.surface_heat import SurfaceHeatLayer

LAYERS: tuple[type[Layer], ...] = (
    SkyLayer,
    GlobeLayer,
    SurfaceHeatLayer,
    BordersLayer,
    FleetOrbitsLayer,
    NodesLayer,
    LinksLayer,
    OrbitsLayer,
    ShapesLayer,
    MarkerLayer,
    ArrowsLayer,
    LabelsLayer,
)
