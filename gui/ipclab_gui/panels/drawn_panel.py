"""A panel that draws one picture, which can be copied and saved. GUI thread only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QDir, QIODevice, QRect, QSize
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog

from ipclab_gui.panels import Panel
from ipclab_gui.plots._saving import save_whole

FORMATS = "Picture (*.png);;Drawing (*.svg)"


class DrawnPanel(Panel):
    """What is copied and saved is what `paint_picture` paints, under the panel's title."""

    def picture_size(self) -> QSize:
        """Return the size of the picture in logical pixels."""
        raise NotImplementedError

    def paint_picture(self, painter: QPainter) -> None:
        """Paint the picture, without the tools."""
        raise NotImplementedError

    def picture_words(self) -> str:
        """Return what is selected in it, for who does not see it."""
        raise NotImplementedError

    def notice(self, text: str) -> None:
        """Say what came of copying or saving."""
        raise NotImplementedError

    def picture(self, ratio: float = 2.0) -> QPixmap:
        """Return the picture with `ratio` pixels for each logical one."""
        made = QPixmap(self.picture_size() * ratio)
        made.setDevicePixelRatio(ratio)
        with QPainter(made) as painter:
            self.paint_picture(painter)
        return made

    def copy_picture(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.picture())
        self.notice("picture copied")

    def ask_and_save(self) -> None:
        """Ask where to save the picture, and in which form."""
        proposed = str(Path(QDir.homePath()) / f"{self.title}.png")
        chosen, kind = QFileDialog.getSaveFileName(self, f"Save {self.title.lower()}", proposed, FORMATS)
        if chosen:
            path = Path(chosen)
            if path.suffix.lower() not in (".png", ".svg"):
                path = path.with_name(path.name + (".svg" if kind.startswith("Drawing") else ".png"))
            self.save(path)

    def save(self, path: Path) -> None:
        """Save as what the name ends in: .svg, else a picture."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if path.suffix.lower() == ".svg":
            size = self.picture_size()
            generator = QSvgGenerator()
            generator.setOutputDevice(buffer)
            generator.setSize(size)
            generator.setViewBox(QRect(0, 0, size.width(), size.height()))
            generator.setTitle(self.title)
            generator.setDescription(self.picture_words())
            with QPainter(generator) as painter:
                self.paint_picture(painter)
        else:
            self.picture().save(buffer, "PNG")
        save_whole(path, bytes(buffer.data().data()), self.notice)
