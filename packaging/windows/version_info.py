"""What Windows shows of an executable under Properties, Details, and in its Task Manager."""

from __future__ import annotations

import re


def resource(program: str, description: str, version: str) -> str:
    """Return the version resource of an executable, as PyInstaller's `version` reads it: a text of Python calls.

    Args:
        program: the file's name without ".exe".
        description: the name that the Task Manager shows.
        version: it begins with three numbers; Windows has four, and texts beside them.
    """
    numbers = (*(int(one) for one in re.findall("[0-9]+", version)[:3]), 0)
    texts = {
        "CompanyName": "IPC Lab contributors",
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": program,
        "LegalCopyright": "IPC Lab contributors, MIT licence",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "IPC Lab",
        "ProductVersion": version,
    }
    pairs = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in texts.items())
    return f"""VSVersionInfo(
    ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004, fileType=1, subtype=0),
    kids=[
        StringFileInfo([StringTable("040904B0", [{pairs}])]),
        VarFileInfo([VarStruct("Translation", [0x0409, 1200])]),
    ],
)
"""
