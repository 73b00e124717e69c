"""Charts as files: a table of every value, a picture, a drawing."""

from __future__ import annotations

import csv
import errno
import io
import math
import os
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui.docks.chart_look import PRINT, look_of
from orbitviz.gui.docks.chart_series import Chart, Series
from orbitviz.gui.docks.chart_stack import ChartStack

PICTURE_SCALE = 2
KINDS = {"csv": "Table (*.csv)", "png": "Picture (*.png)", "svg": "Drawing (*.svg)"}


def table_of(charts: list[Chart], epoch: Epoch, span_s: tuple[float, float] | None = None) -> str:
    """CSV of every value of the charts within a span (None: all) in full precision: seconds from the epoch, UTC, one
    column a line with its unit. Instants are those of the frames; what is missing at one is empty."""
    columns = [(chart, one) for chart in charts for one in chart.everything]
    times = np.unique(np.concatenate([one.times_s for _, one in columns])) if columns else np.zeros(0)
    if span_s is not None:
        times = times[(times >= span_s[0]) & (times <= span_s[1])]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["t_s [s]", "utc", *(_head(chart, one) for chart, one in columns)])
    found = [_placed(one, times) for _, one in columns]
    for number, t_s in enumerate(times.tolist()):
        cells = (column[number] for column in found)
        writer.writerow([repr(t_s), epoch.plus(t_s).iso(), *("" if math.isnan(v) else repr(v) for v in cells)])
    return text.getvalue()


def _head(chart: Chart, one: Series) -> str:
    """ "Power of all nodes: generated, mean of the step [W]"."""
    words = f"{chart.title}: {one.label}"
    words += ", of the compared run" if one.dash else ""
    words += ", mean of the step" if one.mean else ""
    words += (
        f" ({', '.join(f'{number} {word}' for number, word in sorted(chart.flags.items()))})" if chart.flags else ""
    )
    return f"{words} [{one.unit or '1'}]"


def _placed(one: Series, times: np.ndarray) -> list[float]:
    """The series' values at the instants of the table; NaN where it has none."""
    result = np.full(len(times), np.nan)
    at = np.searchsorted(one.times_s, times)
    here = at < len(one.times_s)
    here[here] = one.times_s[at[here]] == times[here]
    result[here] = one.values[at[here]]
    return [float(value) for value in result]


def picture_of(stack: ChartStack, title: str, on_white: bool) -> bytes:
    """PNG, twice as dense as the screen's pixels."""
    width, height = stack.picture_size(title)
    image = QImage(width * PICTURE_SCALE, height * PICTURE_SCALE, QImage.Format.Format_RGB32)
    image.setText("Title", title)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(PICTURE_SCALE, PICTURE_SCALE)
    stack.paint_picture(painter, title, look_of(PRINT if on_white else None, PICTURE_SCALE))
    painter.end()
    dots = round(96 * PICTURE_SCALE / 0.0254)
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def drawing_of(stack: ChartStack, title: str, on_white: bool) -> bytes:
    """SVG of the same."""
    width, height = stack.picture_size(title)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(width, height))
    generator.setViewBox(QRect(0, 0, width, height))
    generator.setResolution(96)
    generator.setTitle(title)
    generator.setDescription(stack.span_words())
    painter = QPainter(generator)
    stack.paint_picture(painter, title, look_of(PRINT if on_white else None))
    painter.end()
    return bytes(buffer.data().data())


def write_file(path: str, data: bytes) -> None:
    """The whole file or none of it; raises OrbitvizError with what stood in the way."""
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True) if target.parent.is_dir() and os.access(target.parent, os.W_OK) else None
        raise OrbitvizError(_reason(error), "choose another folder", target) from error


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk must have room for the file, it is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "the file must be writable, this folder does not allow it"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "the folder must exist, it does not"
    return f"the file must be writable, the system says: {error.strerror or error}"
