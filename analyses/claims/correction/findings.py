"""Everything that is measured, from the opened runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from ....sim.runfile import Run
from .absorbed import Absorbed, absorbed
from .cells import by_law
from .experiments import POLICIES, STATE_RULES, WRONG, taught
from .explained import Explained, explain
from .exponents import Times, times
from .interference import Spread, company, spoilt, spread
from .rows import Row, condition, exact_rows, layer_rows, sampled_rows
from .settings import Settings
from .shared import Begin, Trained, begin, by_itself, from_others, kernel, outcome
from .tails import Tail, tails
from .worlds.states import Array


@dataclass(frozen=True, eq=False)
class Several:
    """What one rule did to several behaviours of one kind of policy.

    Args:
        rule, policy: their names.
        times: how R² of the rank of the correction time is divided.
        within: the same of whether a behaviour was corrected in the time given at all.
        corrected: (worlds, networks, WRONG), whether it was; NaN where a network is left out.
        spoilt: (worlds, networks, RIGHT), whether a right one was ever wrong.
        ends_spoilt: the same at the end.
        left_out: networks that diverged, or had not learned what was taught.
        slowly, ends_slowly: as `spoilt` and `ends_spoilt`, by shorter steps; where weights are shared.
        spread: what correcting one alone did to others; where weights are shared.
        sooner, later: (worlds, networks), whether that one was corrected sooner or later beside the others.
    """

    rule: str
    policy: str
    times: Explained
    within: Explained
    corrected: Array
    spoilt: Array
    ends_spoilt: Array
    left_out: int
    slowly: Array | None = None
    ends_slowly: Array | None = None
    spread: Spread | None = None
    sooner: Array | None = None
    later: Array | None = None

    @property
    def cell(self) -> str:
        """Its name."""
        return f"{self.rule}, {self.policy}"

    @property
    def right(self) -> dict[str, tuple[Array, Array]]:
        """Cell -> whether right ones were ever wrong, and in the end; where others can touch them."""
        found = {self.cell: (self.spoilt, self.ends_spoilt)} if self.touches else {}
        if self.slowly is not None and self.ends_slowly is not None:
            found[f"{self.cell}, a quarter of the rate"] = self.slowly, self.ends_slowly
        return found

    @property
    def touches(self) -> bool:
        """Whether a behaviour can be changed by training another: by shared weights or by shared noise."""
        return self.policy != "table" or "sampled" in self.rule


@dataclass(frozen=True, eq=False)
class Findings:
    """All of them.

    Args:
        exact, sampled, layer: rows of one behaviour.
        tails: of survival.
        absorbed: of networks that are lost for good.
        several: of several behaviours.
    """

    exact: list[Times]
    sampled: list[Times]
    layer: list[Times]
    tails: list[Tail]
    absorbed: list[Absorbed]
    several: list[Several]

    @property
    def laws(self) -> list[list[Times]]:
        """Rules with the exact gradient in a table, by plain descent, in groups of one law each."""
        return by_law(self.rows["exact"])

    @property
    def rows(self) -> dict[str, list[Times]]:
        """Point -> rows."""
        adam = [of for of in self.exact if of.row.adam]
        plain = [of for of in self.exact if not of.row.adam]
        return {"exact": plain, "adam": adam, "sampled": self.sampled, "layer": self.layer}


def findings(runs: Mapping[str, Run], settings: Settings) -> Findings:
    """What the runs say."""
    return Findings(
        [
            of
            for row in exact_rows()
            for of in times(
                runs["exact"],
                [row],
                settings.faint_epsilons if row.adam else settings.epsilons,
                settings.cap,
            )
        ],
        times(runs["sampled"], sampled_rows(), settings.sampled_epsilons, settings.sampled_cap),
        times(
            runs["layers"],
            layer_rows(),
            settings.shaped_epsilons,
            settings.shaped_cap,
            partial(_speed, runs, settings),
        ),
        tails(runs["survival"], settings.pays, settings.survival_updates),
        absorbed(runs["absorbed"]),
        [
            each
            for policy in POLICIES
            for each in _several(
                runs, policy, begin(runs["states_taught"], runs["states"], policy, settings), settings
            )
        ],
    )


def _speed(runs: Mapping[str, Run], settings: Settings, row: Row) -> Array:
    """(E, 2), the median over networks of the squared gradient of the log-odds, first and last."""

    def median(run: Run, name: str) -> float:
        return float(np.nanmedian(kernel(np.asarray(run.weights(name)), np.ones((1, 1)))))

    names = [(taught(epsilon), condition(row, epsilon)) for epsilon in settings.shaped_epsilons]
    return np.array([(median(runs["taught"], first), median(runs["layers"], last)) for first, last in names])


def _several(runs: Mapping[str, Run], policy: str, start: Begin, settings: Settings) -> list[Several]:
    found = []
    for rule in STATE_RULES:
        what = outcome(runs["states"], rule, policy, settings)
        kept = start.usable & ~what.diverged
        corrected = np.where(kept[..., None], np.isfinite(what.corrected_at).astype(float), np.nan)
        late = np.isinf(what.corrected_at).astype(float)
        extra = {}
        if policy == "layer":
            alone = by_itself(runs["alone"], rule, settings)
            sooner, later = company(start, what, alone)
            extra = {"spread": spread(start, alone), "sooner": sooner, "later": later}
            slow = outcome(runs["states_slow"], rule, policy, settings)
            extra |= {"slowly": spoilt(start, slow), "ends_slowly": spoilt(start, slow, ever=False)}
        found.append(
            Several(
                rule,
                policy,
                _divided(what.corrected_at, rule, start, what),
                _divided(late, rule, start, what),
                corrected,
                spoilt(start, what),
                spoilt(start, what, ever=False),
                int((~kept).sum()),
                **extra,
            )
        )
    return found


def _divided(values: Array, rule: str, start: Begin, what: Trained) -> Explained:
    """Over the behaviours that were wrong, by all that may explain them."""
    kept = np.broadcast_to((start.usable & ~what.diverged)[..., None], values.shape)

    def of(quantity: Array) -> Array:
        return np.broadcast_to(quantity, start.odds.shape)[..., :WRONG][kept]

    world = np.broadcast_to(np.arange(len(values))[:, None, None], values.shape)[kept]
    own = np.einsum("wnss->wns", start.kernel)
    groups = {
        "gap": [of(start.gap)],
        "visits": [of(start.visits)],
        "initial": [of(start.odds)],
        "alignment": [of(own), of(from_others(rule, start))],
    }
    return explain(values[kept], groups, world)
