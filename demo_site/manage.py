"""Django's command line for the demo site."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the management command that the command line names."""
    root = str(Path(__file__).resolve().parent.parent)
    if root not in sys.path:
        sys.path.insert(0, root)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_site.settings")

    from django.conf import settings
    from django.core.management import execute_from_command_line

    settings.DATA.mkdir(parents=True, exist_ok=True)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
