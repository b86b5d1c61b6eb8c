"""
What a signal, from one sender, was found to lead to, kept so that the next dispatch need not look for it again.

Of the host it holds nothing that could be kept alive by it, but for Django's own list of weak references, and
that only while the signal stands in a module, which keeps it alive anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from tracer import ownership, shapes

if TYPE_CHECKING:
    from tracer.naming import ClassName, ReceiverName, SignalName

MOST = 1000
"""Routes of one signal; then they are looked for anew."""
MOST_FRAMES = 12
"""From `send` to the user's own, that a route remembers."""
MISSES = 8
"""After so many dispatches from elsewhere, a route remembers other frames."""
MOST_SHAPES = 8
"""Of arguments that a route learns; after that, other ones are looked at one by one."""

RouteWords = tuple[str, str | None, list[tuple[str, str | None]]]
"""The signal's dotted name, the sender in words, and name and place of each receiver."""

_UNKNOWN = object()


class Route:
    """From one signal and one sender to the receivers."""

    __slots__ = (
        "_misses",
        "_shapes",
        "cached",
        "count",
        "path",
        "receivers",
        "references",
        "sender",
        "shape",
        "signal",
        "site",
        "words",
    )

    def __init__(
        self,
        signal: SignalName,
        sender: ClassName | tuple[ClassName] | None,
        receivers: Sequence[ReceiverName],
        cached: object = _UNKNOWN,
        references: tuple[Any, ...] = (),
    ) -> None:
        self.signal = signal
        self.sender = sender
        """The class; in a tuple when the sender is an instance of it."""
        self.receivers = receivers
        self.count = len(receivers)
        self.cached = cached
        """
        Django's own list of the receivers, in the place of which it puts another whenever one comes or goes:
        while it is the same, so are they. Something else where there is no such list, or it holds more than
        weak references.
        """
        self.references = references
        """The weak references in that list, in its order."""
        self.shape = shapes.NOTHING
        """That of the arguments that came last."""
        self._shapes = 0
        self.site: CodeType | None = None
        """The user's code that called `send` itself."""
        self.path: tuple[CodeType | None, tuple[CodeType, ...]] = (None, ())
        """Code of the frame that called `send` when it was not the user's, and of those from there to the user's."""
        self._misses = 0
        self.words: RouteWords | None = None
        """Signal, sender and receivers in words, once the recorder has put them so."""

    def learn(self, named: dict[str, Any], sender: object) -> None:
        """Be ready for arguments of these names and kinds."""
        if self._shapes < MOST_SHAPES:
            self._shapes += 1
            self.shape = shapes.shape_of(named, sender, self.sender)

    def call_site(self, frame: FrameType) -> tuple[CodeType | None, int]:
        """
        Return code and instruction of the user's own frame outwards from the one that called `send`.

        Most often the frames up to it are those of last time; then nothing but that is looked at.
        """
        nearest, beyond = self.path
        site: FrameType | None = frame if frame.f_code is nearest else None
        for code in beyond:
            if site is None or (site := site.f_back) is None or site.f_code is not code:
                site = None
                break
        if site is None:
            site = ownership.call_site(frame)
            if site is None:
                return None, 0
            self._remember(frame, site)
        return site.f_code, site.f_lasti

    def _remember(self, frame: FrameType, site: FrameType) -> None:
        self._misses += 1
        if self._misses % MISSES != 1 or ownership.rank_of(site.f_code) != ownership.OWN:
            return
        if site is frame:
            self.site = site.f_code
            return
        beyond: list[CodeType] = []
        at = frame.f_back
        while at is not None and len(beyond) < MOST_FRAMES:
            beyond.append(at.f_code)
            if at is site:
                self.path = frame.f_code, tuple(beyond)
                return
            at = at.f_back
