"""orbitviz: see, scrub and question constellations of up to a million AI data-centre satellites.

`orbitviz.open`, `orbitviz.record`, `orbitviz.render` and `orbitviz.export` are loaded by their first use, so that
`import orbitviz` costs neither Qt nor VisPy nor h5py.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "export", "open", "record", "render"]

_API = ("open", "record", "export", "render")


def __getattr__(name: str) -> Any:
    if name in _API:
        from orbitviz import api

        return getattr(api, name)
    raise AttributeError(f"module 'orbitviz' has no attribute {name!r}")
