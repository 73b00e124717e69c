"""orbitviz: see, scrub and question constellations of up to a million AI data-centre satellites.

`orbitviz.open`, `orbitviz.record`, `orbitviz.render`, `orbitviz.export` and `orbitviz.compare` are loaded by their
first use, so that `import orbitviz` costs neither Qt nor VisPy nor h5py.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "compare", "export", "open", "record", "render"]

_HOMES = {
    "open": "orbitviz.api",
    "record": "orbitviz.api",
    "export": "orbitviz.api",
    "compare": "orbitviz.api",
    "render": "orbitviz.scene.snapshot",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'orbitviz' has no attribute {name!r}")
