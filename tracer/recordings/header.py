"""A recording's first line: what the file is, where and when it was made. Owns the format's name and version."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import metadata
from typing import Annotated, Final, Literal

import msgspec

from tracer import conf, process
from tracer.naming import clean

FORMAT = "signalbox-recording"
VERSION: Final = 1


class Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="format", tag=FORMAT):
    """What a recording says of itself."""

    version: Literal[1] = VERSION
    name: str
    """What people call it: the project and the minute, or the name of the file that was imported."""
    made_at: Annotated[datetime, msgspec.Meta(tz=True)]
    made_on: str
    """The machine's name."""
    made_by: str
    """The process that wrote it, `command pid@host`."""
    project: str
    """The last folder of the project's path."""
    filter: str = ""
    """In the filter language; empty for all that was kept."""
    records: int
    """Lines that follow."""
    signalbox: str = ""
    """The version of Signalbox that wrote it; empty where it is not installed as a distribution."""

    @property
    def made_us(self) -> int:
        """Return when it was made in microseconds since the epoch."""
        return round(self.made_at.timestamp() * 1_000_000)


def header_for(records: int, filter_text: str = "") -> Header:
    """Return the header of a recording of so many records, made here and now."""
    this = process.this()
    made_at = datetime.now(UTC).replace(microsecond=0)
    project = clean(conf.project_folder().name) or "project"
    return Header(
        name=f"{project} {made_at:%Y-%m-%d %H.%M.%S}",
        made_at=made_at,
        made_on=clean(this.host),
        made_by=clean(this.label),
        project=project,
        filter=filter_text.encode("utf-8", "replace").decode("utf-8"),
        records=records,
        signalbox=_version(),
    )


def _version() -> str:
    try:
        return metadata.version("django-signalbox")
    except metadata.PackageNotFoundError:
        return ""
