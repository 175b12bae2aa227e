"""Asks which module is to be opened, where it is started and by which Python. GUI thread only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from ipclab import programs
from ipclab_gui import own_fields, own_programs, questions, theme
from ipclab_gui.asker import Asker
from ipclab_gui.form import Row
from ipclab_gui.own_programs import Module
from ipclab_gui.questions import Question

if TYPE_CHECKING:
    from ipclab_gui.window import MainWindow


class OpenModule(QDialog):
    """Three fields; what a Python does not find is said at its field, and what it finds is opened."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        px = theme.px
        self._window = window
        self._asker = Asker(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open module")
        self.setFixedWidth(px(520))
        title = QLabel("Open module")
        title.setFont(theme.font(15, 600))
        words = QLabel("A module is run as python -m does: by its name, in a folder.")
        words.setProperty("tone", "2")
        words.setWordWrap(True)
        folder = own_programs.last_folder(window) or os.getcwd()
        fields = (own_fields.module(), own_fields.folder(folder), own_fields.python())
        self.rows = {field.name: Row(field) for field in fields}
        self._asking = QLabel()
        self._asking.setProperty("tone", "3")
        self._asking.setFont(theme.font(12))
        self._asking.setWordWrap(True)
        choose = QPushButton("Choose folder...")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        opens = QPushButton("Open")
        opens.setProperty("kind", "primary")
        opens.setDefault(True)
        opens.clicked.connect(self._open)
        foot = QHBoxLayout()
        foot.addWidget(choose)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(opens)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(title)
        column.addWidget(words)
        for row in self.rows.values():
            row.write(str(row.field.default))
            row.edited.connect(self._edited)
            column.addWidget(row)
        column.addWidget(self._asking)
        column.addStretch(1)
        column.addLayout(foot)
        self.rows["module"].editor.setFocus()

    def done(self, result: int) -> None:
        """Close, and ask no more."""
        self._asker.drop()
        super().done(result)

    def _choose(self) -> None:
        row = self.rows["folder"]
        if path := QFileDialog.getExistingDirectory(self, "Choose folder", row.editor.written()):
            row.write(path)
            self._edited()

    def _edited(self) -> None:
        """Forget what was wrong with what was written before."""
        self._asker.drop()
        self._asking.clear()
        for row in self.rows.values():
            row.show_error("")

    def _open(self) -> None:
        """Open the module if its Python finds it; ask that first."""
        values, wrong = {}, {}
        for name, row in self.rows.items():
            try:
                values[name] = str(row.value())
            except ValueError as error:
                wrong[name] = str(error)
        if not wrong:
            python = programs.find_python(values["python"])
            place = Question(python, values["module"], values["folder"])
            for name, question in (("python", Question(python)), ("module", place)):
                if not questions.is_answered(question):
                    self._ask(question)
                    return
                if said := questions.refusal(question):
                    questions.forget(question)
                    wrong[name] = said
                    break
        self._asking.clear()
        for name, row in self.rows.items():
            row.show_error(wrong.get(name, ""))
        if wrong:
            self.rows[next(iter(wrong))].editor.setFocus()
            return
        self.accept()
        own_programs.open_module(self._window, Module(values["module"], values["folder"]), values["python"])

    def _ask(self, question: Question) -> None:
        if self._asker.question != question:
            self._asking.setText(f"{question.words}...")
            self._asker.ask(question, self._open)


__all__ = ["OpenModule"]
