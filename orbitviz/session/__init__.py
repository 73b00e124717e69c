"""What the user has chosen: evented values. No Qt, no VisPy, no h5py, no threads, no timers."""

from orbitviz.session.clock import Clock
from orbitviz.session.colouring import Colouring
from orbitviz.session.selection import Selection
from orbitviz.session.session import Session
from orbitviz.session.viewpoint import Viewpoint

__all__ = ["Clock", "Colouring", "Selection", "Session", "Viewpoint"]
