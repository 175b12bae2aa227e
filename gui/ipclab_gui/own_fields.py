"""What a person says of a program of their own, each with its check: file, module, folder, arguments, Python."""

from __future__ import annotations

import os
import shlex

from ipclab import programs
from ipclab.options import Field, Plain


class ProgramField(Field):
    """A path of what Python would run."""

    def check(self, value: object) -> Plain:
        if said := programs.objection(str(value)):
            raise ValueError(said)
        return str(value)


class ModuleField(Field):
    """A name that a module can have; whether there is one, a Python has to be asked."""

    def check(self, value: object) -> Plain:
        name = str(value).strip()
        try:
            programs.check_module(name)
        except programs.NoProgram as wrong:
            raise ValueError(str(wrong)) from None
        return name


class FolderField(Field):
    """A folder, by whatever path; the value is the whole one."""

    def check(self, value: object) -> Plain:
        path = os.path.abspath(os.path.expanduser(str(value).strip()))
        if not os.path.isdir(path):
            raise ValueError(f"{path} is no folder." if os.path.exists(path) else f"There is no folder {path}.")
        return path


class ArgumentsField(Field):
    """Words as a shell splits them."""

    def check(self, value: object) -> Plain:
        try:
            shlex.split(str(value))
        except ValueError as wrong:
            missing = "quotation mark has no other" if "quotation" in str(wrong) else "backslash stands before nothing"
            raise ValueError(f"A {missing}: the words are split as a shell does.") from None
        return str(value)


class PythonField(Field):
    """A path of a Python, or its name on the PATH."""

    def check(self, value: object) -> Plain:
        try:
            programs.find_python(str(value))
        except programs.NoProgram as wrong:
            raise ValueError(str(wrong)) from None
        return str(value)


def arguments() -> Field:
    """Return the field of a program's own words."""
    return ArgumentsField("arguments", "text", "", help="What follows it on the command line, as a shell splits it")


def python() -> Field:
    """Return the field of the Python that runs a program; its default is what the command line would take."""
    return PythonField("python", "text", programs.find_python(None), help="Which Python runs it, 3.11 or later")


def module(name: str = "") -> Field:
    """Return the field of a module's name."""
    return ModuleField("module", "text", name, help="What is run, as by python -m")


def folder(path: str = "") -> Field:
    """Return the field of the folder in which a module is started."""
    return FolderField("folder", "text", path, help="Where it is started; Python looks here for modules first")


__all__ = ["ProgramField", "arguments", "folder", "module", "python"]
