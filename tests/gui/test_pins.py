"""Pins that a new release could break."""

from __future__ import annotations

import sys

import PySide6
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.gui


def test_qt_calls_that_return_nothing_do_not_eat_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 dropped a reference of None with each such call and aborted on Python 3.11."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(20_000):
        label.setText("")
    # From Python 3.12 on None is immortal and its count is a constant.
    assert abs(sys.getrefcount(None) - before) < 1000, f"PySide6 {PySide6.__version__} loses references of None"
