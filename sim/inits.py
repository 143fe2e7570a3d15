"""How a policy's weights begin: the tables that `policy.init` may be."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .population import scalar
from .registry import Options


class Normal(Options):
    """Every parameter, biases included, from N(0, std²)."""

    kind: Literal["normal"]
    std: scalar(0, 1e30) = 1.0  # type: ignore[valid-type]


class LeCun(Options):
    """Weights from N(0, 1/inputs of their layer), biases 0 (LeCun, Bottou, Orr and Müller 1998)."""

    kind: Literal["lecun"]


class Zeros(Options):
    """Every parameter 0."""

    kind: Literal["zeros"]


class Probability(Options):
    """A table whose behaviour `of` has the probability `value` wherever it names an action."""

    kind: Literal["probability"]
    of: str
    value: Annotated[float, Field(gt=0, lt=1)]


class FromRun(Options):
    """Network i begins with the final weights of network i in a condition of a finished run.

    `path` is relative to the experiment file; `condition` may be left out where the run has just one.
    """

    kind: Literal["run"]
    path: Annotated[str, Field(min_length=1)]
    condition: str | None = None


ZEROS, LECUN, NORMAL = Zeros(kind="zeros"), LeCun(kind="lecun"), Normal(kind="normal")

NetworkInit = Annotated[Normal | LeCun | Zeros | FromRun, Field(discriminator="kind")]
TableInit = Annotated[Normal | Zeros | Probability | FromRun, Field(discriminator="kind")]
ControllerInit = Annotated[Normal | Zeros | FromRun, Field(discriminator="kind")]
