"""A user's function of arrays once an experiment has chosen it: with its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Bound:
    """A loss, a rule or a head of a plug-in, its options given.

    Args:
        role: what it is, in a word.
        name: in TOML.
        file: of the plug-in; sha256 of its source.
        function: the user's own; None where a run only says which it was.
        options: by name.
    """

    role: str
    name: str
    file: str
    sha256: str
    function: Callable[..., Any] | None
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def filename(self) -> str:
        """What the lines of its code are said to be of."""
        code = getattr(inspect.unwrap(self.function), "__code__", None) if self.function else None
        return code.co_filename if code else ""

    def __hash__(self) -> int:
        """Of what it is: options may be lists."""
        return hash((self.role, self.name, self.sha256))

    @property
    def applied(self) -> partial[Any]:
        """The function, of arrays alone; the same object for the same choice, so that programs are shared."""
        return _applied(self)

    @property
    def table(self) -> dict[str, Any]:
        """The table of TOML that names it."""
        return {"kind": self.name, **dict(self.options)}

    def __str__(self) -> str:
        """As messages call it."""
        return f'"{self.name}" of {self.file}'

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A field that is one, beside names of popgrad's own; it is written as its table."""

        def chosen(value: Any) -> Bound:
            if not isinstance(value, Bound):
                raise ValueError("one of a plug-in (`plugins`, `--plugin`), by name or as a table")
            return value

        written = core_schema.plain_serializer_function_ser_schema(lambda value: value.table)
        return core_schema.no_info_plain_validator_function(chosen, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """For the documentation: a table."""
        return {"type": "object"}


@cache
def _applied(bound: Bound) -> partial[Any]:
    assert bound.function is not None, "what is only described is not computed"
    return partial(bound.function, **dict(bound.options))
