"""A docstring in its parts: its first line, what follows, its arguments, its reference."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any

SECTION = re.compile(r"^(Args|Returns|Raises|Example|Reference):", re.MULTILINE)
ENTRY = re.compile(r"^ {4}(\w[\w, ]*): +((?:.+\n?(?: {5,}.+\n?)*))", re.MULTILINE)


@dataclass(frozen=True)
class Documentation:
    """What a docstring says.

    Args:
        summary: its first line.
        body: what stands between that and the first section; equations are indented, as in Markdown.
        arguments: the entries of `Args`, by name; several names may share one.
        reference: where it comes from, the word `Reference:` left out.
    """

    summary: str
    body: str
    arguments: dict[str, str]
    reference: str


def documentation(documented: Any) -> Documentation:
    """The parts of the docstring of a function, a class or a module.

    Example:
        >>> def loss(*, tau):
        ...     '''A loss.
        ...
        ...     Args:
        ...         tau: a weight.
        ...     '''
        >>> documentation(loss).arguments
        {'tau': 'a weight.'}
    """
    summary, _, rest = (inspect.getdoc(documented) or "").partition("\n")
    body, *parts = SECTION.split(rest)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    arguments = {
        name: " ".join(text.split())
        for names, text in ENTRY.findall(sections.get("Args", ""))
        for name in names.split(", ")
    }
    return Documentation(summary, body.strip("\n"), arguments, sections.get("Reference", "").strip())
