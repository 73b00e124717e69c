"""Makes the shared small documents (tests/session/ring_documents.py) importable."""

from __future__ import annotations

import sys
from pathlib import Path

_SHARED = str(Path(__file__).resolve().parents[1] / "session")
if _SHARED not in sys.path:
    sys.path.insert(0, _SHARED)
