"""What an oracle's step pushes, for those who book it by themselves."""

from __future__ import annotations

from typing import Any

import naive
import numpy as np
import pytest
from policy_cases import oracle_step


def pushes(monkeypatch: pytest.MonkeyPatch, *step: Any) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """(π, U), or (None, G) of a regression, of an oracle's step, and the gradient they give."""
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    errors: list[np.ndarray] = []
    gradient, backward = naive.logit_gradient, naive.backward

    def noting(pi: np.ndarray, U: np.ndarray) -> np.ndarray:
        seen.append((pi, U))
        return gradient(pi, U)

    def passing(net: Any, world: Any, theta: Any, G: np.ndarray) -> np.ndarray:
        errors.append(G)
        return backward(net, world, theta, G)

    with monkeypatch.context() as patched:
        patched.setattr(naive, "logit_gradient", noting)
        patched.setattr(naive, "backward", passing)
        taken = oracle_step(*step)
    pi, U = seen[0] if seen else (None, errors[0])
    return pi, U, taken.gradient
