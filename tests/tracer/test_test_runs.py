"""Tests on signals in a project of somebody else, under its own pytest, with its plugins, and under Django's runner."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracer.terminal.project import CHECKOUT, LIMIT_S, Project

pytestmark = pytest.mark.slow

needs_xdist = pytest.mark.skipif(
    importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed"
)
needs_asyncio = pytest.mark.skipif(
    importlib.util.find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not installed"
)

PYTEST = """
    import pytest
    from django.db import transaction
    from shop.models import Order, RushOrder
    from shop.receivers import hurry_up, order_placed, remember_order, send_receipt

    @pytest.mark.django_db
    def test_saving(signalbox):
        Order.objects.create()
        assert signalbox.dispatched("post_save", sender=Order, receivers=[remember_order])
        assert not signalbox.dispatched("post_save", sender=RushOrder)

    @pytest.mark.django_db(transaction=True)
    def test_transaction(signalbox):
        with transaction.atomic():
            Order.objects.create()
        with pytest.raises(ValueError), transaction.atomic():
            Order.objects.create()
            raise ValueError
        saved = signalbox.dispatched("post_save", sender=Order)
        assert [one.transaction for one in saved] == ["committed", "rolled back"]

    @pytest.mark.parametrize("number", range(6))
    def test_spread(signalbox, number):
        for _ in range(number):
            order_placed.send_robust("sender")
        assert len(signalbox.dispatched(order_placed)) == number
"""
FAILING = """
    import pytest
    from shop.models import Order, RushOrder
    from shop.receivers import hurry_up, remember_order
    from tracer import capture

    @pytest.mark.django_db
    def test_with_fixture(signalbox):
        Order.objects.create()
        assert signalbox.dispatched("post_save", sender=Order, receivers=[hurry_up])

    @pytest.mark.django_db
    def test_with_capture():
        with capture("signal:post_save") as signals:
            RushOrder.objects.create()
        assert not signals.dispatched("post_save", sender=RushOrder)

    @pytest.mark.django_db
    def test_of_another_kind(signalbox):
        Order.objects.create()
        Order.objects.get(pk=-1)

    def test_that_asks_nothing():
        with capture():
            pass
        assert 1 == 2
"""
ASYNC = """
    import asyncio
    import pytest
    from shop.models import Order
    from shop.receivers import order_placed, remember_order, send_receipt

    @pytest.mark.asyncio
    async def test_sending(signalbox):
        await order_placed.asend("sender")
        assert signalbox.dispatched(order_placed, receivers=[send_receipt])

    @pytest.mark.asyncio
    @pytest.mark.django_db(transaction=True)
    async def test_saving(signalbox):
        await asyncio.gather(Order.objects.acreate(), Order.objects.acreate())
        assert len(signalbox.dispatched("post_save", sender=Order, receivers=[remember_order])) == 2
"""
DJANGO = """
    from django.test import SimpleTestCase, TestCase, TransactionTestCase
    from shop.models import Order
    from shop.receivers import order_placed, remember_order, reserve_stock, send_receipt
    from tracer import SignalboxTestCaseMixin, capture

    class OrderTests(SignalboxTestCaseMixin, TestCase):
        @classmethod
        def setUpTestData(cls):
            Order.objects.create()

        def setUp(self):
            Order.objects.create()

        def test_set_up_is_captured_until_it_is_forgotten(self):
            self.assertEqual(len(self.assertDispatched("post_save", sender=Order)), 1)
            self.signalbox.clear()
            self.assertNotDispatched("post_save", sender=Order)

        async def test_async(self):
            await order_placed.asend("sender")
            self.assertDispatched(order_placed, receivers=[send_receipt])
            self.signalbox.clear()
            await Order.objects.acreate()
            self.assertDispatched("post_save", receivers=[remember_order])

        def test_block(self):
            with capture() as signals:
                Order.objects.create()
            self.assertTrue(signals.dispatched("post_save", sender=Order))

    class CommitTests(SignalboxTestCaseMixin, TransactionTestCase):
        def test_committed(self):
            Order.objects.create()
            (saved,) = self.assertDispatched("post_save", sender=Order)
            self.assertIn(saved.transaction, (None, "committed"))

        async def test_async(self):
            await Order.objects.acreate()
            self.assertDispatched("post_save", sender=Order, receivers=[remember_order])

    class SendingTests(SignalboxTestCaseMixin, SimpleTestCase):
        def test_sending(self):
            order_placed.send_robust("sender")
            self.assertDispatched(order_placed)
"""
DJANGO_FAILING = """
    from django.test import SimpleTestCase, TestCase
    from shop.models import Order
    from shop.receivers import hurry_up, order_placed
    from tracer import SignalboxTestCaseMixin

    class OrderTests(SignalboxTestCaseMixin, TestCase):
        def test_save(self):
            Order.objects.create()
            self.assertDispatched("post_save", sender=Order, receivers=[hurry_up])

    class SubTests(SignalboxTestCaseMixin, SimpleTestCase):
        def test_parts(self):
            for number in range(2):
                with self.subTest(number=number):
                    order_placed.send_robust("sender")
                    self.assertNotDispatched("order_placed")
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project with an app of two models, four receivers and a signal; its tests may fill its database."""
    project = Project(tmp_path)
    project.write(
        "pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = settings\nfilterwarnings = error\n"
    )
    return project


def run(project: Project, *command: str, **environment: str) -> tuple[int, str]:
    """Run a module with arguments in the project; return how it ended, and what it said."""
    unwanted = ("DJANGO_SETTINGS_MODULE", "NO_COLOR", "COLUMNS", "PYTEST_ADDOPTS")
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project.folder,
        env={**inherited, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    return done.returncode, done.stdout + done.stderr


def run_pytest(project: Project, *options: str) -> tuple[int, str]:
    return run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options)


def test_fixture_answers_in_database_and_transaction_tests(project: Project) -> None:
    project.write("test_shop.py", PYTEST)
    code, said = run_pytest(project, "-p", "no:xdist", "-p", "no:asyncio")
    assert code == 0, said
    assert "8 passed" in said


@needs_xdist
def test_each_worker_of_xdist_sees_its_own(project: Project) -> None:
    project.write("test_shop.py", PYTEST)
    code, said = run_pytest(project, "-n", "2", "-p", "no:asyncio")
    assert code == 0, said
    assert "8 passed" in said


@needs_asyncio
def test_fixture_answers_in_async_tests(project: Project) -> None:
    project.write("test_shop.py", ASYNC)
    scope = "asyncio_default_fixture_loop_scope=function"
    code, said = run_pytest(project, "-p", "no:xdist", "-o", scope)
    assert code == 0, said
    assert "2 passed" in said


@pytest.mark.parametrize("is_spread", [False, pytest.param(True, marks=needs_xdist)])
def test_failing_assertion_prints_the_tree(project: Project, *, is_spread: bool) -> None:
    project.write("test_shop.py", FAILING)
    spread = ["-n", "2"] if is_spread else ["-p", "no:xdist"]
    code, said = run_pytest(project, *spread, "-p", "no:asyncio", "-p", "no:randomly")
    assert code == 1, said
    parts = re.split(r"^_+ (test_\w+) _+$", said.split("short test summary")[0], flags=re.MULTILINE)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert set(told) == {
        "test_with_fixture", "test_with_capture", "test_of_another_kind", "test_that_asks_nothing",
    }  # fmt: skip

    lines = [line.removeprefix("E").strip() for line in told["test_with_fixture"].splitlines()]
    assert (
        "Not dispatched: django.db.models.signals.post_save from shop.Order, "
        "received by shop.receivers.hurry_up"
    ) in lines
    assert "It was dispatched once, and called shop.receivers.remember_order." in lines
    (reason,) = [line for line in lines if line.startswith("hurry_up: ")]
    assert "It is connected for shop.RushOrder, a proxy of shop.Order" in reason
    drawn = lines[lines.index("Captured: 2 dispatches") + 2]
    assert drawn.split()[:4] == ["post_save", "shop.Order", "#1", "remember_order"]

    said = told["test_with_capture"]
    assert "Dispatched once: django.db.models.signals.post_save from shop.RushOrder" in said
    assert "Captured: 1 dispatch, of those that match signal:post_save" in said
    assert "Captured: 2 dispatches" in told["test_of_another_kind"]
    assert "DoesNotExist" in told["test_of_another_kind"]
    assert "Captured" not in told["test_that_asks_nothing"]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_mixin_works_under_djangos_runner(project: Project, processes: str) -> None:
    project.write("shop/tests.py", DJANGO)
    code, said = run(project, "manage.py", "test", "--shuffle", "--parallel", processes)
    assert code == 0, said
    assert "Ran 6 tests" in said


def test_mixin_works_under_pytest(project: Project) -> None:
    project.write("shop/tests.py", DJANGO)
    code, said = run_pytest(project, "-p", "no:xdist", "-p", "no:asyncio", "shop/tests.py")
    assert code == 0, said
    assert "6 passed" in said


def test_mixin_tells_the_tree_of_a_failure(project: Project) -> None:
    project.write("shop/tests.py", DJANGO_FAILING)
    code, said = run(project, "-W", "error", "manage.py", "test")
    assert code == 1, said
    assert "FAILED (failures=3)" in said
    assert (
        "AssertionError: Not dispatched: django.db.models.signals.post_save from shop.Order" in said
    )
    assert "hurry_up: It is connected for shop.RushOrder, a proxy of shop.Order" in said
    assert re.search(r"^  post_save +shop.Order #\d +remember_order", said, flags=re.MULTILINE)
    assert said.count("Dispatched once: shop.receivers.order_placed") == 1
    assert said.count("Dispatched twice: shop.receivers.order_placed") == 1


def test_debugger_has_the_capture_too(project: Project) -> None:
    project.write("shop/tests.py", DJANGO)
    program = (
        "import unittest, django; django.setup(); from shop.tests import SendingTests; "
        "SendingTests('test_sending').debug()"
    )
    code, said = run(project, "-W", "error", "-c", program, DJANGO_SETTINGS_MODULE="settings")
    assert (code, said) == (0, "")
