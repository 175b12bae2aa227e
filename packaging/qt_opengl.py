"""Stands for PySide6.QtOpenGL and PySide6.QtOpenGLWidgets in a package.

pyqtgraph imports both at its start, and looks into them only to draw by OpenGL, which the lab never has it do: its
graphs say so (`gui/ipclab_gui/plots/_canvas.py`), since OpenGL without a graphics card is many times slower. The real
ones take 10 MB.
"""

from PySide6.QtWidgets import QWidget

MISSING = "a package of IPC Lab has no OpenGL"


class QOpenGLWidget(QWidget):
    """What pyqtgraph derives a class from; none can be made."""

    def __init__(self, *_: object) -> None:
        raise RuntimeError(MISSING)


def __getattr__(name: str) -> object:
    raise AttributeError(f"{MISSING}: {name} was asked for", name=name)
