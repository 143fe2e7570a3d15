"""How large each part of the experiment is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .. import claim
from ..lists import Several, Two

Share = Annotated[float, Field(ge=0, le=1)]
Diversity = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Population = Annotated[int, Field(ge=2)]
Range = tuple[float, float]
Encoding = Literal["absolute", "relative", "one_hot"]


class Part(BaseModel):
    """A table of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(Part):
    """A cell of the comparison at matched loss and margin.

    Args:
        std: of the initial weights.
        diversity: ε.
        loss, margin: the bands, ends included, in which networks of either arm have to lie.
        networks: of each arm.
        width: m; that of the other parts where it is 0.
        trained: what descends: exact cloning, or the exact policy gradient of the outcome.
        rate: of that descent; that of the other parts where it is 0.
    """

    std: Positive
    diversity: Share
    loss: Range
    margin: Range
    networks: Population
    width: Annotated[int, Field(ge=0)] = 0
    trained: Literal["cloning", "outcome"] = "cloning"
    rate: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _in_order(self) -> Band:
        for name in ("loss", "margin"):
            low, high = getattr(self, name)
            if not low < high:
                raise ValueError(f"a band of {name} with its lower end first, not {[low, high]}")
        return self

    @property
    def cell(self) -> str:
        """Its name."""
        shown = f"σ = {self.std:g}, ε = {self.diversity:g}"
        shown = f"m = {self.width}, {shown}" if self.width else shown
        return f"outcome training, {shown}" if self.trained == "outcome" else shown


class Block(Part):
    """Cells of the atlas: every combination, under cloning and under outcome training."""

    length: Count
    widths: Several[Count]
    stds: Several[Positive]
    rates: Several[Positive]
    diversities: Several[Share]

    @property
    def pairs(self) -> int:
        """How many pairs of cells."""
        return len(self.widths) * len(self.stds) * len(self.rates) * len(self.diversities)


class Member(Part):
    """One of the networks that the open problem asks about."""

    length: Count
    width: Count
    std: Positive
    rate: Positive

    @property
    def name(self) -> str:
        """As a cell."""
        return f"L = {self.length}, m = {self.width}, σ = {self.std:g}, η = {self.rate:g}"


class Matched(Part):
    """Descent and selection in the same bands of loss and normalised margin.

    Args:
        bands: the cells.
        updates: descent is looked at after each of these; a network counts where it is first in the band.
        attempts: initial weights that are tried at most for one selected network.
        arm: what stands beside guess-and-check. `splitting` is selection too: no difference is planted.
    """

    bands: tuple[Band, ...]
    updates: Several[Count]
    attempts: Count
    arm: Literal["descent", "splitting"] = "descent"


class Stopping(Part):
    """One population of cloned networks, recorded all along."""

    networks: Population
    updates: Annotated[int, Field(ge=200)]
    diversities: Several[Share]


class Lasting(Part):
    """Cloning beside outcome training, far beyond the atlas. `returns` is where both count as competent."""

    networks: Population
    widths: Several[Count]
    updates: Annotated[int, Field(ge=200)]
    diversities: Several[Share]
    returns: Share = 0.99


class Flips(Part):
    """When networks turn to the coin; `linear_diversities` of the linear policy from zero weights."""

    networks: Population
    updates: Count
    widths: Several[Count]
    diversities: Two[Diversity]
    linear_diversities: Several[Diversity]
    linear_updates: Count


class Atlas(Part):
    """Cloning and outcome training at the same number of updates."""

    networks: Population
    updates: Count
    blocks: tuple[Block, ...]


class Grid(Part):
    """The phase diagram; `loss` is what guess-and-check has to pass."""

    networks: Population
    updates: Count
    diversities: Several[Share]
    widths: Several[Count]
    rates: Several[Positive]
    encodings: Several[Encoding]
    loss: Positive
    attempts: Count


class Enough(Part):
    """How much diversity is enough: cloning, recorded at `times`."""

    networks: Population
    times: Several[Count]
    lengths: Several[Count]
    widths: Several[Count]
    diversities: Several[Share]


class Lovers(Part):
    """The open problem: a scan, and more networks where the scan came nearest when it was designed."""

    scan_networks: Population
    scan_updates: Count
    scan_lengths: Several[Count]
    scan_widths: Several[Count]
    scan_stds: Several[Positive]
    scan_rates: Several[Positive]
    near: tuple[Member, ...]
    near_networks: Population
    near_updates: Count


class Settings(claim.Settings):
    """Sizes of the parts.

    Args:
        width, std, rate: of the parts that do not vary them: hidden units, the standard deviation of initial
            weights, the learning rate.
    """

    width: Count = 16
    std: Positive = 0.5
    rate: Positive = 0.05
    matched: Matched
    stopping: Stopping
    lasting: Lasting
    flips: Flips
    atlas: Atlas
    grid: Grid
    enough: Enough
    lovers: Lovers
