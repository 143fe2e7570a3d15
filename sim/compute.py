"""What computes an experiment, and in which precision: the `[compute]` table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import model_validator

from .errors import Fault
from .registry import Options

if TYPE_CHECKING:
    from .policy import Policy

Precision = Literal["float32", "float64"]


class Compute(Options):
    """The backend and its precision.

    Args:
        backend: `numba`, vector code for the CPU, the same to the bit on all of them; or `jax`, which runs on
            a CPU, GPU or TPU and differentiates whatever loss it is given.
        precision: of every number in a run. `numba` has float32 alone.
    """

    backend: Literal["numba", "jax"] = "numba"
    precision: Precision = "float32"

    @model_validator(mode="after")
    def _has_it(self) -> Compute:
        if self.backend == "numba" and self.precision == "float64":
            raise ValueError('precision = "float64" with backend = "jax" alone (`--backend jax`)')
        return self

    @property
    def dtype(self) -> type[np.float32] | type[np.float64]:
        """The precision as NumPy's type."""
        return {"float32": np.float32, "float64": np.float64}[self.precision]

    def faults(self, policy: Policy, rows: str | None) -> list[Fault]:
        """What of a policy, and of the rows that it is evaluated on, the backend cannot do."""
        if not policy.recurrent:
            return []
        found = []
        if self.backend == "numba":
            given = '"recurrent", with backend = "numba"'
            found.append(Fault("policy.kind", given, 'backend = "jax" (`--backend jax`), or a "controller"'))
        if rows == "states":
            expected = (
                '"visits", as a recurrent policy has by default: a state says nothing of what was before'
            )
            found.append(Fault("training.rows", '"states"', expected))
        return found


USUAL = Compute()
