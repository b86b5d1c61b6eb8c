"""One tree as text that can be taken elsewhere: Markdown for people, JSON for programs, a pytest test. Pure."""

from tracer.trees.jsons import as_json
from tracer.trees.markdown import as_markdown
from tracer.trees.pytests import as_test, can_be_tested

__all__ = ["as_json", "as_markdown", "as_test", "can_be_tested"]
