"""What is written down before a claim's experiment is run: question, predictions, regions, decision rule."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...sim.complaints import faults_of
from ...sim.errors import InvalidInput, PopgradError

Reading = Literal["selection", "shaping", "both", "neither"]
"""Which side a result speaks for. `both`: both sides said so; `neither`: no side did."""

READINGS: tuple[Reading, ...] = get_args(Reading)

FILE = "claim.toml"

Line = Annotated[str, Field(min_length=1)]


class Point(BaseModel):
    """One quantity on which the sides differ, and what each value of it would mean.

    Args:
        name: one word.
        says: what is to be found out, as a sentence.
        measure: the quantity, with its unit.
        region: of practical equivalence, in that unit.
        inside: which side an interval within the region speaks for.
        above, below: which side one that lies wholly beyond it speaks for.
        expected: the reading that was expected when this was written, if one was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line
    says: Line
    measure: Line
    region: tuple[float, float]
    inside: Reading
    above: Reading
    below: Reading
    expected: Reading | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Point:
        if not self.region[0] < self.region[1]:
            raise ValueError(f"a region with its lower end first, not {list(self.region)}")
        return self


class Registered(BaseModel):
    """A claim as it stands in its file.

    Args:
        code: its number in the catalogue of claims.
        title: a few words.
        question: one sentence.
        source: where the claim was made.
        selection: what the selection view predicts: a loss selects whatever has a low one.
        shaping: what the shaping view predicts: descent reinforces what it meets on its way.
        design: the experiment in a paragraph, Markdown.
        rule: how the verdict follows from the points, in words.
        level: the probability that any interval of the claim misses, all of them together.
        points: what is decided.
        quick, full: settings of the short and of the whole experiment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Line
    title: Line
    question: Line
    source: Line
    selection: Line
    shaping: Line
    design: Line
    rule: Line
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    points: Annotated[tuple[Point, ...], Field(min_length=1)]
    quick: Mapping[str, Any]
    full: Mapping[str, Any]

    @model_validator(mode="after")
    def _names_differ(self) -> Registered:
        names = [point.name for point in self.points]
        if len(set(names)) < len(names):
            raise ValueError(f"points of different names, not {names}")
        return self

    def point(self, name: str) -> Point:
        """The point of that name."""
        return {point.name: point for point in self.points}[name]


def registered(path: Path) -> tuple[Registered, str]:
    """A claim's file and the sha256 of its bytes.

    Raises:
        InvalidInput: every fault of the file.
        PopgradError: it is not a text in TOML.
    """
    try:
        content = path.read_bytes()
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise PopgradError(f"{path}: cannot be read as text ({error}); expected TOML") from error
    except tomllib.TOMLDecodeError as error:
        raise PopgradError(f"{path}: is not TOML: {error}") from error
    try:
        found = Registered.model_validate(tables)
    except ValidationError as error:
        raise InvalidInput(str(path), faults_of(error, Registered, "claim", ())) from error
    return found, hashlib.sha256(content).hexdigest()
