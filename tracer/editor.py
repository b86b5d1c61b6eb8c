"""Where a place in a source is, as a file and as a link that opens an editor. Opens and reads no file."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from urllib.parse import quote

from tracer import conf
from tracer.rules.namespaces import namespaces

_PLACE = re.compile(r"(?P<file>.+?\.pyw?):(?P<line>\d{1,7})(?: .*)?", re.DOTALL)


def editor_url(file: str, line: int) -> str | None:
    """Return the link that opens a line of a file, given by its whole path; None without `SIGNALBOX["EDITOR"]`."""
    given = conf.current().EDITOR
    if given is None:
        return None
    path = file.replace("\\", "/") if os.sep == "\\" else file
    # Encoded, whatever the path holds: it cannot end the link, nor lead it elsewhere.
    encoded = quote(f"/{path.lstrip('/')}", safe="/", errors="replace")
    template = conf.EDITORS.get(given, given)
    return template.replace("{line}", str(line)).replace("{path}", encoded)


def file_of(place: str) -> tuple[str, int] | None:
    """
    Return whole path and line of a place such as `shop/checkout.py:50 function`, or of it without the function.

    None for what is not the source of a module that is loaded here, under the project or an entry of `sys.path`:
    a place may come from another process, and leads nowhere else. Never raises.
    """
    found = _PLACE.fullmatch(place)
    if found is None or "\x00" in place:
        return None
    file, line = found["file"], int(found["line"])
    if Path(file).is_absolute() or os.pardir in file.replace("\\", "/").split("/"):
        return None
    # In the order in which `words.place_words` shortens.
    for root in (
        str(conf.project_folder()),
        *sorted(filter(None, sys.path), key=len, reverse=True),
    ):
        path = str(Path(root, file))
        # Of os.path, which takes a name that is too long, or a folder that may not be entered, for no file.
        if os.path.isfile(path) and _is_loaded(path):  # noqa: PTH113
            return path, line
    return None


def _is_loaded(path: str) -> bool:
    files = {file for each in namespaces() if type(file := each.get("__file__")) is str and file}
    if path in files:
        return True
    # The same file by another way, as over a link: few have its name, and only these are looked up.
    name, real = os.path.basename(path), os.path.realpath(path)  # noqa: PTH119
    alike = (file for file in files if os.path.basename(file) == name)  # noqa: PTH119
    return any(os.path.realpath(file) == real for file in alike)
