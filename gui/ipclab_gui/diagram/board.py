"""The diagram's drawing: processes, what they share, and messages on their way. GUI thread only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QSizePolicy

from ipclab_gui import motion, theme
from ipclab_gui.diagram import faces, overlay, scenery
from ipclab_gui.diagram.camera import Camera
from ipclab_gui.diagram.canvas import Canvas
from ipclab_gui.diagram.figures import Picture, Process
from ipclab_gui.diagram.flights import Flights
from ipclab_gui.diagram.folding import fold, key_of_stack
from ipclab_gui.diagram.geometry import Geometry, lay_out
from ipclab_gui.diagram.gestures import Gestures
from ipclab_gui.diagram.layout import Layout, Place, beside
from ipclab_gui.diagram.routes import Routes
from ipclab_gui.diagram.talk import who_talks
from ipclab_gui.diagram.tints import Tints
from ipclab_gui.diagram.words import of_figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ipclab_gui.diagram.scenery import Piece

FRAME = 33  # ms


class Board(Gestures):
    """The drawing. What stands is painted when it changes, what moves over it.

    Attributes:
        picture: what is drawn, with those alike folded.
        layout: where; None where nothing is shown.
        selection: the key of what a person has selected.
        only: the key of whom alone, with those who talk to it, is shown; None for all.
        flights: messages on their way.
        ticking: hatches and flows move by themselves.
        cost: seconds of a core that it last took to paint.
    """

    least_zoom = 0.5  # at which all is fitted in

    selected = Signal()
    looked = Signal()  # zoom or `only` is another one

    def __init__(self) -> None:
        super().__init__()
        self.picture, self._whole = Picture(), Picture()
        self.places: Layout | None = None
        self.selection: str | None = None
        self.only: str | None = None
        self.unfolded: set[str] = set()
        self.camera = Camera(self.least_zoom)
        self.flights = Flights()
        self.ticking = False
        self.cost = 0.0
        self._tints = Tints()
        self._flew = self._moving = False
        self._geometry: Geometry | None = None
        self._routes: Routes | None = None
        self._pieces: list[Piece] | None = None
        self._known: list[Piece] = []
        self._canvas = Canvas()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME)
        self._timer.timeout.connect(self._tick)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(theme.px(160))
        self.setAccessibleName("Diagram")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.notifier.changed.connect(self._recolor)
        self.zoom_wanted.connect(self.zoom)
        self.pan_wanted.connect(lambda dx, dy: self._look(lambda camera: camera.pan(dx, dy)))
        self.fit_wanted.connect(self.fit)
        self.pick_wanted.connect(self._pick)
        self.move_wanted.connect(self._move)
        self.beside_wanted.connect(self.select_beside)
        self.only_wanted.connect(self.open_selection)
        self.none_wanted.connect(self._let_go)
        self.menu_wanted.connect(self._show_menu)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(640), theme.px(360))

    # ----------------------------------------------------------------------------------------------- what is drawn

    def show_run(self, layout: Layout | None) -> None:
        """Show another run."""
        self.places = layout
        self.picture = self._whole = Picture()
        self.selection = self.only = None
        self.unfolded.clear()
        self.flights.clear()
        self._tints.clear()
        self.camera = Camera(self.least_zoom)
        self.ticking = False
        self.redraw()

    def show_picture(self, picture: Picture, newest: Picture, late: Iterable[str], *, jumped: bool) -> None:
        """Show a moment.

        Args:
            picture: of the moment.
            newest: of the run's latest, by which what is new finds its place.
            late: keys of what is to have a place though nobody knows yet what it does.
            jumped: the moment before this one was not shown: what differs has not just happened.
        """
        if self.places is None:
            return
        if not jumped:
            self._tints.note(self._whole, picture)
        else:
            self._tints.clear()
        self._whole = picture
        shown = fold(self._tints.on(picture), self.unfolded)
        placed = self.places.follow(shown if picture is newest else fold(newest, self.unfolded), late)
        if shown != self.picture or placed or self._geometry is None:
            self.picture = shown
            self.redraw()
        self._run_timer()
        if self._pieces is None and self._moving:
            self._timer.start(FRAME + FRAME // 2)  # what moves is painted with this picture, and with the next one

    def redraw(self) -> None:
        """Paint anew what is another now: shapes or where they are."""
        self._geometry = self._pieces = None
        self.update()

    def _recolor(self) -> None:
        """Paint all anew: the colours are others."""
        self._canvas.drop()
        self.redraw()

    @property
    def geometry_now(self) -> Geometry:
        """Where everything lies."""
        if self._geometry is None:
            only = who_talks(self.picture, self.only) if self.only is not None else None
            self._geometry = lay_out(self.picture, self.places or Layout({}), only)
            if self._routes is None or not self._routes.follow(self._geometry):
                self._routes = Routes(self._geometry)
            before = self.camera.zoom
            self.camera.follow(self._geometry.bounds(), self._room)
            if self.camera.zoom != before:
                QTimer.singleShot(0, self, self.looked.emit)
        return self._geometry

    @property
    def routes_now(self) -> Routes:
        """The ways of the wires."""
        made = self.geometry_now
        if self._routes is None:
            self._routes = Routes(made)
        return self._routes

    @property
    def _room(self) -> QSizeF:
        return QSizeF(self.size())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        begun = time.thread_time()
        ratio = self.devicePixelRatioF()
        pieces = self._pieces_now  # finds the view
        picture = self._canvas.picture(self.size(), ratio, self.camera.transform(self._room), pieces)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, picture)
        self._paint_moving(painter, time.perf_counter() if motion.allowed() and self.ticking else 0.0)
        overlay.paint_marks(painter, self.box_of(self.selection), self.rect() if self.shows_focus else None)
        painter.end()
        self.cost = time.thread_time() - begun

    @property
    def _pieces_now(self) -> list[Piece] | None:
        """What stands; None where nothing is shown."""
        if self._pieces is None and self.places is not None:
            self._pieces = self._known = scenery.pieces(self.geometry_now, self.routes_now, self._known)
        return self._pieces

    def paint(self, painter: QPainter) -> None:
        """Paint all but selection and focus at the painter's origin."""
        pieces = self._pieces_now  # finds the view
        scenery.paint(painter, QRectF(self.rect()), self.camera.transform(self._room), pieces)
        self._paint_moving(painter, 0.0)

    def _paint_moving(self, painter: QPainter, now: float) -> None:
        if self.places is None:
            return
        view = self.camera.transform(self._room)
        back, _ = view.inverted()
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(view, True)
        flying, seen = self.flights.alive(time.perf_counter()), back.mapRect(QRectF(self.rect()))
        overlay.paint(painter, self.geometry_now, self.routes_now, flying, now, seen)
        painter.restore()

    def box_of(self, key: str | None) -> QRectF | None:
        """Return where a shape is seen, in logical pixels; None where it is not."""
        found = self.geometry_now.boxes.get(key) if key is not None else None
        return self.camera.transform(self._room).mapRect(found) if found is not None else None

    # -------------------------------------------------------------------------------------------------- what moves

    def _run_timer(self) -> None:
        """Let the picture move as long as something in it does, and somebody sees it."""
        seen = motion.allowed() and self.isVisible()
        self._moving = seen and (self._flying() or (self.ticking and overlay.moves(self.geometry_now)))
        wanted = self._moving or (seen and bool(self._tints))
        if wanted != self._timer.isActive():
            (self._timer.start if wanted else self._timer.stop)()
        if not motion.allowed():
            self.flights.clear()

    def _flying(self) -> bool:
        """Tell whether messages are on their way; the last picture of one is that without it."""
        before, self._flew = self._flew, bool(self.flights.alive(time.perf_counter()))
        return before or self._flew

    def _tick(self) -> None:
        """Paint what moves; take tints away whose time is over."""
        self._timer.setInterval(FRAME)
        if self._tints.over:
            shown = fold(self._tints.on(self._whole), self.unfolded)
            if shown != self.picture:
                self.picture = shown
                self.redraw()
        if self._flying() or (self.ticking and overlay.moves(self.geometry_now)):
            self.update()
        self._run_timer()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run_timer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self.flights.clear()
        self._canvas.drop()
        self._known = []
        faces.forget()

    # --------------------------------------------------------------------------------------------------- selecting

    @property
    def has_selection(self) -> bool:
        """Tell whether something is selected, or only a part is shown."""
        return self.selection is not None or self.only is not None

    def has_shape(self, at: QPointF) -> bool:
        """Tell whether a shape lies at a point, in logical pixels."""
        return self._key_at(at) is not None

    def _key_at(self, at: QPointF) -> str | None:
        back, _ = self.camera.transform(self._room).inverted()
        return self.geometry_now.at(back.map(at))

    def _pick(self, at: QPointF) -> None:
        self.select(self._key_at(at))

    def select(self, key: str | None) -> None:
        """Select a shape, and say so."""
        self.selection = key
        figure = self.picture.find(key) if key is not None else None
        self.setAccessibleDescription(of_figure(figure, self.picture) if figure is not None else "Nothing selected")
        self.update()
        self.selected.emit()

    def select_beside(self, dx: int, dy: int) -> None:
        """Select the nearest shape in a direction; main, or the first there is, where none is selected."""
        boxes = self.geometry_now.boxes
        middles = {key: (box.center().x(), box.center().y()) for key, box in boxes.items()}
        if not middles:
            return
        found = beside(middles, self.selection, dx, dy) if self.selection in middles else next(iter(middles))
        if found is not None:
            self.select(found)
            self.camera.reveal(boxes[found], self._room)
            self.redraw()

    def focusNextPrevChild(self, following: bool) -> bool:
        """Go from the selected shape to the next in the order of appearance; from the last one, out of the drawing."""
        keys = list(self.geometry_now.boxes)
        at = keys.index(self.selection) + (1 if following else -1) if self.selection in keys else -1
        if self.hasFocus() and self.selection in keys and 0 <= at < len(keys):
            self.select(keys[at])
            return True
        return super().focusNextPrevChild(following)

    def _let_go(self) -> None:
        if self.only is not None:
            self.show_only(None)
        else:
            self.select(None)

    def open_selection(self) -> None:
        """Show only who talks to what is selected, or all again; unfold a stack."""
        figure = self.picture.find(self.selection) if self.selection is not None else None
        if isinstance(figure, Process) and figure.count > 1:
            self.unfold(figure.key)
        elif figure is not None:
            self.show_only(None if self.only == figure.key else figure.key)

    def show_only(self, key: str | None) -> None:
        """Show only a shape and who talks to it; None for all."""
        self.only = key
        self.fit()

    def unfold(self, key: str) -> None:
        """Show the processes of a stack one by one."""
        self.unfolded.add(key)
        self._refold()

    def fold_up(self, key: str) -> None:
        """Put the processes of a stack together again."""
        self.unfolded.discard(key)
        self._refold()

    def _refold(self) -> None:
        if self.places is not None:
            self.picture = fold(self._whole, self.unfolded)
            self.places.follow(self.picture, [one.key for one in self.picture.figures()])
            self.select(None)
            self.fit()

    def menu(self) -> QMenu:
        """Return a menu of what can be done with what is selected; whoever shows it lets go of it."""
        menu = QMenu(self)
        figure = self.picture.find(self.selection) if self.selection is not None else None
        if isinstance(figure, Process) and figure.count > 1:
            menu.addAction("Unfold the stack", lambda: self.unfold(figure.key))
        if figure is not None and self.only != figure.key:
            menu.addAction("Only who talks to this one", lambda: self.show_only(figure.key))
        if self.only is not None:
            menu.addAction("Show all", lambda: self.show_only(None))
        if isinstance(figure, Process) and key_of_stack(figure) in self.unfolded:
            menu.addAction("Fold into a stack", lambda: self.fold_up(key_of_stack(figure)))
        if figure is not None and self.places is not None and figure.key in self.places.moved:
            menu.addAction("Put back", lambda: self._put_back(figure.key))
        menu.addAction("Fit", self.fit)
        return menu

    def _show_menu(self, at: object) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)  # type: ignore[arg-type]

    # -------------------------------------------------------------------------------------------------------- view

    def _look(self, how: Callable[[Camera], None]) -> None:
        how(self.camera)
        self.update()
        self.looked.emit()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Come nearer by `factor` (below 1: farther), about a point in logical pixels, by default the middle."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        self._look(lambda camera: camera.zoom_by(factor, (at or middle) - middle))

    def fit(self) -> None:
        """Show all, and keep it in view."""
        self.camera.fit()
        self.redraw()
        self.looked.emit()

    def _move(self, dx: float, dy: float) -> None:
        """Move what is selected by so many logical pixels."""
        if self.selection is not None and self.places is not None and self.selection in self.places:
            at = self.places.place(self.selection)
            self.places.move(self.selection, Place(at.x + dx / self.camera.factor, at.y + dy / self.camera.factor))
            self.camera.fitting = False
            self.redraw()

    def _put_back(self, key: str) -> None:
        if self.places is not None:
            self.places.reset(key)
            self.redraw()


__all__ = ["Board"]
