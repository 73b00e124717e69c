"""Values computed from one instant, one a node. A metric is one decorated function in a theme module of this package.

The combo box, the legend, the layers and the command line read METRICS; nothing else has to be told. A new theme module
is imported here, which registers its metrics.
"""

from __future__ import annotations

from orbitviz.metrics import orbit, place
from orbitviz.metrics.derived import DERIVED, with_derived
from orbitviz.metrics.registry import METRICS, Metric, OrbitFrame, metric, metric_infos

THEMES = (orbit, place)

__all__ = ["DERIVED", "METRICS", "THEMES", "Metric", "OrbitFrame", "metric", "metric_infos", "with_derived"]
