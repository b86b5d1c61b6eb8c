"""The first engine, made with the model as it was then: a class of its own, which no receiver is connected for."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add_engine(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Make an engine. No receiver of `mishaps.Engine` hears of it."""
    apps.get_model("mishaps", "Engine").objects.create(number="First")


class Migration(migrations.Migration):
    dependencies = [("mishaps", "0001_initial")]
    operations = [migrations.RunPython(add_engine, migrations.RunPython.noop)]
