"""Values computed from one instant, one a node. A metric is one decorated function in a theme module of this package.

The combo box, the legend, the layers and the command line read METRICS; nothing else has to be told. A new theme module
is imported here, which registers its metrics.
"""

from __future__ import annotations

from orbitviz.metrics import orbit
from orbitviz.metrics.registry import METRICS, Metric, OrbitFrame, metric, metric_infos

THEMES = (orbit,)

__all__ = ["METRICS", "THEMES", "Metric", "OrbitFrame", "metric", "metric_infos"]
