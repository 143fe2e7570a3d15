"""What computes an experiment, and in which precision: the `[compute]` table."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import model_validator

from .registry import Options

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


USUAL = Compute()
