from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from orbitviz.gui.bind import Bindings
from orbitviz.session import Session

pytestmark = pytest.mark.gui


class Listener(QWidget):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self.heard: list[float] = []
        bindings = Bindings(self)
        bindings.on(session.clock.events.t_s, self.take, arguments=1)

    def take(self, t_s: float) -> None:
        self.isVisible()  # raises when Qt has deleted the widget
        self.heard.append(t_s)


def test_a_widget_hears_while_it_lives_and_not_after_qt_has_deleted_it(qtbot: QtBot) -> None:
    session = Session()
    listener = Listener(session)
    session.clock.t_s = 1.0
    assert listener.heard == [1.0]
    listener.deleteLater()
    QCoreApplication.sendPostedEvents(listener, QEvent.Type.DeferredDelete)
    session.clock.t_s = 2.0
    assert listener.heard == [1.0]


def test_a_session_does_not_keep_a_widget_alive(qtbot: QtBot) -> None:
    session = Session()
    listener = Listener(session)
    gone = weakref.ref(listener)
    del listener
    gc.collect()
    assert gone() is None
    session.clock.t_s = 3.0
