"""What differs between two experiments, setting by setting."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .journal import as_json

_ABSENT = "absent"


def difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """What differs between two nested experiments, one line per dotted key: `path: there / here`.

    Tables in a list are matched by their `name` if each has one, otherwise by position.

    Example:
        >>> difference({"seed": 0, "world": {"length": 4}}, {"seed": 0, "world": {"length": 8}})
        ['world.length: 4 / 8']
    """
    old, new = (dict(_leaves(_plain_numbers(json.loads(as_json(side))))) for side in (there, here))
    keys = [*old, *(key for key in new if key not in old)]
    pairs = ((key, old.get(key, _ABSENT), new.get(key, _ABSENT)) for key in keys)
    return [f"{key}: {before} / {after}" for key, before, after in pairs if before != after]


def _plain_numbers(value: Any) -> Any:
    """1 and 1.0 are the same setting."""
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    children: dict[str, Any] = {}
    if isinstance(value, dict):
        children = value
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        names = [item.get("name") for item in value]
        named = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
        children = dict(zip(names if named else map(str, range(len(value))), value, strict=True))
    if not children:
        yield path, json.dumps(value, ensure_ascii=False)
    for key, child in children.items():
        yield from _leaves(child, f"{path}.{key}" if path else key)
