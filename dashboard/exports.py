"""What leaves the page: the filtered feed as a recording, and one tree as text. Changes nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from dashboard.guard import guarded
from dashboard.older import ORIGIN, window_with
from dashboard.shown import Shown, of_shown
from dashboard.state import State
from dashboard.streaming import in_pieces, streamed
from dashboard.window import Window
from tracer import conf, recordings, stores, trees
from tracer.dispatches import Dispatch, Record
from tracer.exceptions import StoreError
from tracer.filters import Filter
from tracer.recordings import Header

TEXT = "text/plain; charset=utf-8"
NDJSON = "application/x-ndjson; charset=utf-8"
RECORDS = "Signalbox-Records"
"""The header of an export that says of how many records it is."""
_SENT_BY_CLIENT = "A test's client sends request signals itself, from a handler of its own: take a tree of your code's."
_WRITTEN = {"markdown": trees.as_markdown, "json": trees.as_json, "test": trees.as_test}


@guarded
@require_safe
@of_shown
def export(request: HttpRequest, current: Shown) -> HttpResponseBase:
    """
    Answer the recording of what the filter lets through: of the live feed all that the store keeps of it.

    It is sent as it is written; a header says of how many records.
    """
    state = State.read(dict(request.GET.lists()))
    if state.error is not None:
        return _refusal(f"The filter does not parse: {state.error.message}", 400)
    try:
        header, records = _chosen(current, state.filter or Filter(), state.text)
    except StoreError as error:
        return _refusal(str(error), 503)
    name = slugify(header.name.replace(":", "-").removesuffix(".ndjson")) or "recording"
    response = streamed(request, in_pieces(recordings.lines(records, header)), NDJSON)
    response["Content-Disposition"] = f'attachment; filename="signalbox-{name}.ndjson"'
    response[RECORDS] = str(len(records))
    return response


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
    window = window_with(current, open_id)
    with current.lock:
        found = _tree(window, open_id)
    if not found:
        return _refusal("It is not among the dispatches that are kept.", 404)
    if found[0].origin_id is not None:
        # The tree may be whole in the window, and its request begin before it.
        window = window_with(current, f"{ORIGIN}{found[0].origin_id}")
    with current.lock:
        origin = window.of_origin(found[0])
    if write is trees.as_test and not trees.can_be_tested(found):
        return _refusal(_SENT_BY_CLIENT, 409)
    return HttpResponse(write(found, origin), content_type=TEXT)


def _chosen(current: Shown, filter_: Filter, text: str) -> tuple[Header, list[Record]]:
    if current.recorded is None:
        return recordings.of_store(stores.shared(), conf.current().CAPACITY, filter_, text)
    records = list(recordings.with_markers(current.recorded.records, filter_))
    return current.recorded.part(len(records), text), records


def _tree(window: Window, open_id: str) -> list[Dispatch]:
    kind, _, name = open_id.partition(":")
    if kind == "origin":
        return window.in_origin(name)
    dispatch = window.dispatch(open_id)
    return window.tree_of(dispatch) if dispatch is not None else []


def _refusal(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", content_type=TEXT, status=status)
