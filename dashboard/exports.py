"""What leaves the page: the filtered feed as a recording, and one tree as text. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from dashboard import marks
from dashboard.guard import guarded
from dashboard.shown import Shown, of_shown
from dashboard.state import State
from tracer import conf, recordings, stores, trees
from tracer.dispatches import Dispatch, Record
from tracer.exceptions import StoreError
from tracer.filters import Filter
from tracer.recordings import Header

TEXT = "text/plain; charset=utf-8"
_SENT_BY_CLIENT = "A test's client sends request signals itself, from a handler of its own: take a tree of your code's."
_WRITTEN = {"markdown": trees.as_markdown, "json": trees.as_json, "test": trees.as_test}


@guarded
@require_safe
@of_shown
def export(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer the recording of what the filter lets through: of the live feed all that the store keeps of it."""
    state = State.read(dict(request.GET.lists()))
    if state.error is not None:
        return _refusal(f"The filter does not parse: {state.error.message}", 400)
    try:
        header, records = _chosen(current, state.filter or Filter(), state.text)
    except StoreError as error:
        return _refusal(str(error), 503)
    name = slugify(header.name.replace(":", "-").removesuffix(".ndjson")) or "recording"
    return HttpResponse(
        b"".join(recordings.lines(records, header)),
        content_type="application/x-ndjson; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="signalbox-{name}.ndjson"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@guarded
@require_safe
@of_shown
def written(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer the tree of the dispatch `open`, or of all of `origin:…`, written `as` markdown, json or test."""
    write = _WRITTEN.get(request.GET.get("as", ""))
    if write is None:
        return _refusal("A tree is written as markdown, json or test.", 400)
    current.catch_up()
    open_id = request.GET.get("open", "")
    found = _tree(current, open_id)
    origin = _origin(current, found[0]) if found else []
    if not found:
        return _refusal("It is not among the dispatches that are kept.", 404)
    if write is trees.as_test and not trees.can_be_tested(found):
        return _refusal(_SENT_BY_CLIENT, 409)
    response = HttpResponse(write(found, origin), content_type=TEXT)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _chosen(current: Shown, filter_: Filter, text: str) -> tuple[Header, list[Record]]:
    if current.recorded is None:
        return recordings.of_store(stores.shared(), conf.current().CAPACITY, filter_, text)
    records = list(recordings.with_markers(current.recorded.records, filter_))
    return current.recorded.part(len(records), text), records


def _tree(current: Shown, open_id: str) -> Sequence[Dispatch]:
    """Return a tree by the id of any of its dispatches, or all of an origin; of the live feed from the store, too."""
    if open_id.startswith(marks.ORIGIN):
        return _run(current, open_id)
    with current.lock:
        dispatch = current.window.dispatch(open_id)
        known = current.window.tree_of(dispatch) if dispatch is not None else []
    if dispatch is None and current.recorded is None:
        dispatch = _stored(open_id)
    if dispatch is None or current.recorded is not None:
        return known
    # Where the root is gone altogether, what is below it.
    return _run(current, dispatch.root_id) or known


def _origin(current: Shown, dispatch: Dispatch) -> Sequence[Dispatch]:
    with current.lock:
        known = current.window.of_origin(dispatch)
    found = _run(current, f"{marks.ORIGIN}{dispatch.origin_id}") if dispatch.origin_id else ()
    return sorted(found, key=lambda one: (one.started_us, one.depth)) or known


def _run(current: Shown, run_id: str) -> Sequence[Dispatch]:
    run = marks.find(current, run_id)
    return () if run is None else run.dispatches


def _stored(dispatch_id: str) -> Dispatch | None:
    """Look through the store for a dispatch, which takes a moment."""
    try:
        kept = stores.shared().newest(conf.current().CAPACITY)
    except StoreError:
        return None
    found = (one for _, one in reversed(kept) if one.id == dispatch_id)
    return next((one for one in found if isinstance(one, Dispatch)), None)


def _refusal(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", content_type=TEXT, status=status)
