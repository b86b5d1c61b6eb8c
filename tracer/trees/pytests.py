"""
A tree as a pytest test on `tracer.capture`: it sets off what was recorded, and asserts that the same comes of it.

Pure; whatever a record holds becomes a literal or stands behind a `#`, and cannot run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracer.dispatches import Dispatch
from tracer.showing import clock, family, moment, short, visible
from tracer.trees.acts import act_of, quoted
from tracer.trees.walking import in_start_order

MOST_DISPATCHES = 500


def can_be_tested(trees: Sequence[Dispatch]) -> bool:
    """Return whether a test can set the first tree off: its client sends request signals as another sender."""
    return family(trees[0].signal) != "request"


def as_test(trees: Sequence[Dispatch], origin: Sequence[Dispatch] = ()) -> str:
    """
    Return a module with one test of the first of the trees.

    `origin` is all that is kept of its request, which tells the tree from others like it. The test needs
    pytest-django where the tree came of a request, and the rows that it had found.
    """
    tree = in_start_order([one for one in trees if one.root_id == trees[0].root_id])
    root = tree[0]
    raises = any(one.error is not None for one in tree)
    act = act_of(root, raises=raises)
    at = f"{moment(root.started_us):%Y-%m-%d} {clock(root.started_us)}"
    said = visible(f"{root.origin or 'outside of any request'}, in {root.process}")
    alike = [one for one in in_start_order(origin) if _is_alike(one, root)]
    place = next((index for index, one in enumerate(alike) if one.id == root.id), 0)
    imports = [f"{line}\n" for line in act.imports]
    sender = "None" if root.sender is None else quoted(root.sender)
    return (
        f"# Written by Signalbox from what was recorded at {at}:\n# {said}\n\n"
        + "".join(sorted(imports, key=lambda line: (line.startswith("from"), line)))
        + ("\n" if imports else "")
        + "import pytest\n\nimport tracer\n\n\n"
        + "@pytest.mark.django_db(transaction=True)\n"
        + f"def {_name(root)}({', '.join(act.fixtures)}):\n"
        + "".join(f"    {line}\n" for line in act.before)
        + "    with tracer.capture() as dispatches:\n"
        + "".join(f"        {line}\n" for line in act.lines)
        + f"""
    wanted = ({quoted(root.signal)}, {sender})
    roots = [one for one in dispatches if one.depth == 0 and (one.signal, one.sender) == wanted]
    assert len(roots) > {place}, f"{{wanted}} was dispatched {{len(roots)}} times"
    tree = [one for one in dispatches if one.root_id == roots[{place}].id]
    assert [
        (
            one.depth,
            one.signal,
            one.sender,
            [call.receiver for call in one.calls if call.skipped is None],
            one.error,
        )
        for one in tree
    ] == [
"""
        + "".join(map(_expected, tree[:MOST_DISPATCHES]))
        + ("    ]\n" if len(tree) <= MOST_DISPATCHES else _rest(len(tree)))
    )


def _expected(dispatch: Dispatch) -> str:
    called = [call.receiver for call in dispatch.calls if call.skipped is None]
    lines = [
        str(dispatch.depth),
        quoted(dispatch.signal),
        "None" if dispatch.sender is None else quoted(dispatch.sender),
        "[" + ", ".join(map(quoted, called)) + "]",
        "None" if dispatch.error is None else quoted(dispatch.error),
    ]
    joined = f"        ({', '.join(lines)}),\n"
    if len(joined) <= 100:
        return joined
    if len(lines[3]) > 84:
        lines[3] = "[\n" + "".join(f"                {quoted(one)},\n" for one in called)
        lines[3] += "            ]"
    return "        (\n" + "".join(f"            {line},\n" for line in lines) + "        ),\n"


def _rest(number: int) -> str:
    return f"        # {number - MOST_DISPATCHES:,} more dispatches are left out; compare less.\n    ]\n"


def _is_alike(one: Dispatch, root: Dispatch) -> bool:
    return one.depth == 0 and (one.signal, one.sender) == (root.signal, root.sender)


def _name(root: Dispatch) -> str:
    sender = f"_from_{short(root.sender)}" if root.sender else ""
    name = re.sub(r"[^a-z0-9]+", "_", f"{short(root.signal)}{sender}".lower()).strip("_")
    return f"test_{name[:80] or 'dispatch'}"
