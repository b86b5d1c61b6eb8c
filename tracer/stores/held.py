"""The records that a process holds in its memory, within its capacity. Owns their order; takes no lock."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from tracer.dispatches import Dispatch, Record
from tracer.stores.lasting import (
    HAS_FAILED,
    IS_OPEN,
    MOST_TORN,
    NO_ROOT,
    TOOK,
    Capacity,
    Tree,
    facts_of,
    lasting,
)
from tracer.stores.wire import encoded


class _Item(msgspec.Struct, frozen=True, gc=False):
    cursor: int
    record: Record
    size: int

    @property
    def root(self) -> str | None:
        return self.record.root_id if isinstance(self.record, Dispatch) else None


class Held:
    """
    Records in the order of their cursors, which rise by one with each; trimmed as an SQLite file is.

    Not safe for threads; whoever uses it holds the store's lock.
    """

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._cursor = 0
        self._size = 0
        self.kept_to = 0
        """The cursor up to which there is nothing but trees that are kept."""
        self._slow_ns = -1
        """As `lasting` has it."""
        # By id: a record that is replaced moves to the end.
        self._items: OrderedDict[str, _Item] = OrderedDict()
        self._trees: dict[str, dict[str, _Item]] = {}
        self._kept: set[str] = set()
        """Roots of the trees that outlasted others so far."""
        self._torn: OrderedDict[str, None] = OrderedDict()
        """Roots of trees that go on, of which a part had to go."""

    def __len__(self) -> int:
        return len(self._items)

    def add(self, record: Record) -> None:
        """Take a record, in the place of an earlier one of its id, however many there are."""
        if record.id in self._items:
            self._drop(record.id)
        self._cursor += 1
        item = _Item(self._cursor, record, len(encoded(record)))
        self._size += item.size
        self._items[record.id] = item
        if item.root is not None:
            self._trees.setdefault(item.root, {})[record.id] = item

    def newest_first(self) -> Iterator[tuple[int, Record]]:
        """Yield cursors and records from the last backwards."""
        return ((item.cursor, item.record) for item in reversed(self._items.values()))

    def find(self, record_id: str) -> tuple[int, Record] | None:
        """Return a record with its cursor, or None."""
        item = self._items.get(record_id)
        return None if item is None else (item.cursor, item.record)

    def of_tree(self, root: str) -> Iterator[Dispatch]:
        """Yield the dispatches of a tree."""
        items = self._trees.get(root, {}).values()
        return (item.record for item in items if isinstance(item.record, Dispatch))

    def clear(self) -> None:
        """Forget them all; the cursors rise on."""
        self._size, self._slow_ns = 0, -1
        for held in (self._items, self._trees, self._kept, self._torn):
            held.clear()

    def trim(self) -> None:
        """Make room if there is too much: the oldest go, but for what outlasts others, and the newest of all."""
        while not self._capacity.holds(len(self._items), self._size):
            going = self._oldest(*self._capacity.above(len(self._items), self._size))
            if not going:
                return
            self._make_room(going)

    def _oldest(self, records: int, size: int) -> list[_Item]:
        """Return so many records and bytes, the oldest that are not kept, or all."""
        going: list[_Item] = []
        for item in self._items.values():
            if item.root in self._kept or item.cursor == self._cursor:
                continue
            going.append(item)
            records, size = records - 1, size - item.size
            if records <= 0 and size <= 0:
                break
        return going

    def _make_room(self, going: list[_Item]) -> None:
        begin, self.kept_to = self.kept_to, going[-1].cursor
        cut = self._cut(begin)
        torn = {tree.root for tree in cut if tree.goes_on}
        if any(tree.is_kept or tree.failed or tree.took_ns > self._slow_ns for tree in cut):
            trees = [self._tree(root) for root in self._kept.union(tree.root for tree in cut)]
            staying, self._slow_ns = lasting(trees, self._capacity.share, self._slow_ns)
            torn.update(tree.root for tree in trees if tree.goes_on)
            for root in self._kept - staying:
                going += [one for one in self._trees[root].values() if one.cursor <= self.kept_to]
            self._kept = staying
        for item in going:
            if item.root not in self._kept and item.record.id in self._items:
                self._drop(item.record.id)
        self._remember(torn - self._kept)

    def _cut(self, begin: int) -> list[Tree]:
        """Return the trees of which a part was seen for the first time."""
        roots = set()
        for item in self._items.values():
            if item.cursor > self.kept_to:
                break
            if item.cursor > begin and item.root is not None:
                roots.add(item.root)
        return [self._tree(root) for root in roots]

    def _remember(self, torn: set[str]) -> None:
        for root in torn:
            self._torn[root] = None
            self._torn.move_to_end(root)
        while len(self._torn) > MOST_TORN:
            self._torn.popitem(last=False)

    def _tree(self, root: str) -> Tree:
        items = self._trees[root].values()
        cursors = [item.cursor for item in items]
        about = [facts_of(item.record)[1] for item in items]
        took_ns = max(one >> TOOK for one in about)
        is_open = any(one & IS_OPEN for one in about)
        return Tree(
            root=root,
            records=len(cursors),
            size=sum(item.size for item in items),
            newest=max(cursors),
            failed=any(one & HAS_FAILED for one in about),
            took_ns=took_ns,
            is_whole=took_ns > NO_ROOT and root not in self._torn,
            is_kept=root in self._kept,
            goes_on=min(cursors) <= self.kept_to
            and (is_open or took_ns == NO_ROOT or max(cursors) > self.kept_to),
        )

    def _drop(self, record_id: str) -> None:
        item = self._items.pop(record_id)
        self._size -= item.size
        if item.root is not None:
            tree = self._trees[item.root]
            del tree[record_id]
            if not tree:
                del self._trees[item.root]
