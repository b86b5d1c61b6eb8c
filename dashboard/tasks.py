"""What enqueued a task of Django's, by the id of its result, which both sides know. Pure: records in, ids out."""

from __future__ import annotations

from tracer.dispatches import TASK_RESULT, Dispatch


def result_of(dispatch: Dispatch) -> str | None:
    """Return the id of the result that a dispatch of `task_enqueued` is about; None of any other dispatch."""
    if not dispatch.signal.endswith(".task_enqueued"):
        return None
    shown = dispatch.arguments.get("task_result")
    is_result = isinstance(shown, str) and shown.startswith(TASK_RESULT)
    return str(shown)[len(TASK_RESULT) :] if is_result else None


def enqueuer(dispatch: Dispatch) -> str:
    """Return what sent a `task_enqueued`, as `Dispatch.enqueued_by`: parent, origin, or if it has neither, itself."""
    if dispatch.parent_id is not None:
        return dispatch.parent_id
    return dispatch.id if dispatch.origin_id is None else f"origin:{dispatch.origin_id}"
