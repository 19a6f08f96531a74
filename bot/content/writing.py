"""Writing content as YAML: a stable form of our own, and changes that leave the rest of a text as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

import yaml

from bot.content.yaml_files import LOADER

_SHORT_LINE: Final = 96
"""A block or list of short values stands on one line up to so many characters."""

_SHORT_VALUE: Final = 28
_ENDLESS: Final = 1_000_000


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, no aliases, and double quotes where quotes are needed."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def choose_scalar_style(self) -> str:
        style: str = super().choose_scalar_style()
        text = str(getattr(self.event, "value", ""))
        return '"' if style == "'" and "\\" not in text and "\n" not in text else style


def _short(data: Any, brackets: int) -> bool:
    """Tell whether a block or list is written on one line."""
    values = data.values() if isinstance(data, dict) else data
    if any(isinstance(value, (dict, list)) for value in values):
        return False
    longest = max((len(str(value)) for value in values), default=0)
    size = len(str(data)) + brackets
    return size <= _SHORT_LINE and (isinstance(data, dict) or longest <= _SHORT_VALUE)


def _mapping(dumper: _Dumper, data: Mapping[Any, Any]) -> yaml.Node:
    flow = _short(data, 0) if data else True
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=flow)


def _sequence(dumper: _Dumper, data: Sequence[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_short(data, 0))


def _string(dumper: _Dumper, data: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style='"' if "\n" in data else None)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(str, _string)


def written(value: Any) -> str:
    """Write a value as YAML: the order of keys kept, one value always the same text."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_ENDLESS)
    return text.removesuffix("...\n")


def rewritten(text: str, value: Any) -> str:
    """Change a YAML text so that it reads as a value; comments, order and layout of the rest stay.

    A text that cannot be changed in places is written anew.
    """
    try:
        root = yaml.compose(text, LOADER)
        old = yaml.load(text, LOADER)
        if root is None:
            return written(value)
        edits = sorted(_edits(root, old, value, 0), key=lambda edit: edit.start)
        changed = _applied(text, edits)
        if same(yaml.load(changed, LOADER), value):
            return changed
    except (yaml.YAMLError, _Whole):
        pass
    return written(value)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values read from YAML are the same, kinds and order of keys included."""
    return repr(one) == repr(other)


class _Whole(Exception):
    """A place cannot be changed by itself; the block around it must be written anew."""


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def _edits(node: yaml.Node, old: Any, new: Any, indent: int) -> list[_Edit]:
    """Return the changes that turn a node's value into another one; `indent` is for lines below its key."""
    if same(old, new):
        return []
    try:
        if isinstance(node, yaml.MappingNode) and isinstance(new, dict) and list(old) == list(new):
            return _in_mapping(node, old, new)
        if isinstance(node, yaml.SequenceNode) and isinstance(new, list) and not node.flow_style:
            return list(_in_sequence(node, old, new))
    except _Whole:
        return [_instead(node, new, indent)]
    return [_instead(node, new, indent)]


def _in_mapping(node: yaml.MappingNode, old: Any, new: Any) -> list[_Edit]:
    edits = []
    for (key_node, value_node), key in zip(node.value, old):
        if not same(old[key], new[key]):
            if node.flow_style and isinstance(new[key], (dict, list)):
                raise _Whole
            edits += _edits(value_node, old[key], new[key], key_node.start_mark.column + 2)
    return edits


def _in_sequence(node: yaml.SequenceNode, old: list[Any], new: list[Any]) -> Iterator[_Edit]:
    """Yield the changes of a list that is written with dashes: entries changed, added, taken away."""
    if not old or not new:
        raise _Whole
    column = node.start_mark.column
    before, after = [repr(value) for value in old], [repr(value) for value in new]
    for code, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        shared = min(i2 - i1, j2 - j1)
        if code == "equal":
            continue
        for place in range(shared):
            yield from _edits(node.value[i1 + place], old[i1 + place], new[j1 + place], column + 2)
        if i2 - i1 > shared:
            yield _removal(node, i1 + shared, i2)
        if j2 - j1 > shared:
            yield _addition(node, i1 + shared, new[j1 + shared : j2], column)


def _removal(node: yaml.SequenceNode, first: int, end: int) -> _Edit:
    """Take entries away: from the dash of the first to the dash of the next, or to the end of the list."""
    if first:
        return _Edit(_end(node.value[first - 1]), _end(node.value[end - 1]), "")
    if end == len(node.value):
        raise _Whole
    return _Edit(node.start_mark.index, _dash(node.value[end], node), "")


def _addition(node: yaml.SequenceNode, place: int, values: list[Any], column: int) -> _Edit:
    """Put entries in before a place of the list."""
    lines = _indented(_dashed(values), column)
    if place:
        at = _end(node.value[place - 1])
        return _Edit(at, at, "\n" + " " * column + lines)
    return _Edit(node.start_mark.index, node.start_mark.index, lines + "\n" + " " * column)


def _dashed(values: list[Any]) -> str:
    entries = []
    for value in values:
        entries.append("- " + _indented(written(value).rstrip("\n"), 2))
    return "\n".join(entries)


def _dash(item: yaml.Node, node: yaml.SequenceNode) -> int:
    """Return where the dash of an entry stands: in the column of its list."""
    start: int = item.start_mark.index - (item.start_mark.column - node.start_mark.column)
    return start


def _end(node: yaml.Node) -> int:
    """Return where a node's last character stands, comments and blank lines after it left out."""
    if isinstance(node, yaml.ScalarNode):
        if node.style in ("|", ">"):
            raise _Whole
        return int(node.end_mark.index)
    if getattr(node, "flow_style", False) or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)


def _instead(node: yaml.Node, new: Any, indent: int) -> _Edit:
    """Write a node's new value in its place."""
    end = _end(node)
    start = node.start_mark.index
    if isinstance(new, (dict, list)):
        text = written(new).rstrip("\n")
        on_one_line = text[:1] in "[{"
        if on_one_line:
            return _Edit(start, end, text)
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            return _Edit(start, end, _indented(text, node.start_mark.column))
        return _Edit(start, end, "\n" + " " * indent + _indented(text, indent))
    if not isinstance(node, yaml.ScalarNode) or start == end:
        raise _Whole
    return _Edit(start, end, _scalar(new, node.style))


def _scalar(value: Any, style: str | None) -> str:
    """Write a value as it may stand anywhere, between brackets too; quoted if the old one was."""
    if style == '"' and isinstance(value, str):
        text: str = yaml.dump(
            value, Dumper=_Dumper, allow_unicode=True, default_style='"', width=_ENDLESS
        ).rstrip("\n")
        return text
    listed: str = yaml.dump(
        [value], Dumper=_Dumper, allow_unicode=True, default_flow_style=True, width=_ENDLESS
    )
    # Written as a list of one: what needs quotes between brackets has them.
    text = listed.strip()
    return text[1:-1] if text.startswith("[") else text.removeprefix("- ")


def _indented(text: str, indent: int) -> str:
    """Indent all lines but the first."""
    return text.replace("\n", "\n" + " " * indent)
