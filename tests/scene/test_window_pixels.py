"""The window and a picture without one are drawn into the same kind of target: the same pixels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of

pytestmark = pytest.mark.gui


@pytest.mark.parametrize("how", ["stay", "move"])
def test_the_window_shows_what_a_picture_shows(renderer_of, tmp_path, how):
    """Also after the canvas has moved to another window, which gives it another context."""
    out = tmp_path / "window.npy"
    script = Path(__file__).with_name("window_script.py")
    done = subprocess.run([sys.executable, str(script), str(out), how], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    shown = np.load(out)
    height, width = shown.shape[:2]
    assert shown[..., :3].max() > 100
    without = renderer_of(document_of(fleet_of(elements(6000)))).picture((width, height), legend=False)
    assert np.array_equal(shown, without)
