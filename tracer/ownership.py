"""
Whose code a file holds: the user's own, an installed package's, or the machinery's that is passed over.

Told by the path alone, on the thread that sends; nothing is opened.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path
from types import CodeType, FrameType

OWN, _PACKAGE, _PASSED_OVER = 2, 1, 0

_ranks: dict[str, int] = {}
_PACKAGES = (
    *sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}),
    "/usr/lib/python3/dist-packages",
)
_STDLIB = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
_MACHINERY = (
    "django",
    "asgiref",
    "channels",
    "daphne",
    "uvicorn",
    "starlette",
    "twisted",
    "autobahn",
)
_CHECKOUT = Path(__file__).parent.parent
_OURS = tuple(f"{_CHECKOUT / package}/" for package in ("tracer", "dashboard"))


def call_site(frame: FrameType | None) -> FrameType | None:
    """
    Return the innermost frame of the user's own code, from `frame` outwards.

    Django, its servers, the standard library and Signalbox are passed over, installed packages too unless
    there is nothing else. None where nobody's code is found, as for a request that a server hands over.
    """
    fallback = None
    for _ in range(100):
        if frame is None:
            break
        rank = rank_of(frame.f_code)
        if rank == OWN:
            return frame
        if rank == _PACKAGE and fallback is None:
            fallback = frame
        frame = frame.f_back
    return fallback


def rank_of(code: CodeType) -> int:
    """Return whose code it is: `OWN`, or less."""
    rank = _ranks.get(code.co_filename)
    return _rank(code.co_filename) if rank is None else rank


def rank_of_file(filename: str) -> int:
    """Return whose code a file holds, by its whole path."""
    rank = _ranks.get(filename)
    return _rank(filename) if rank is None else rank


def _rank(filename: str) -> int:
    rank = OWN
    if filename.startswith(("<frozen", *_OURS)):
        rank = _PASSED_OVER
    else:
        inside = next((path for path in _PACKAGES if filename.startswith(path)), None)
        if inside is not None:
            package = filename[len(inside) :].lstrip("/\\").replace("\\", "/").partition("/")[0]
            rank = _PASSED_OVER if package in _MACHINERY else _PACKAGE
        elif filename.startswith(_STDLIB):
            rank = _PASSED_OVER
    if len(_ranks) < 20_000:
        _ranks[filename] = rank
    return rank
