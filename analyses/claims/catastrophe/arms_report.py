"""What the report says of two arms."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from ....sim.runfile import Run
from ..analysis import Listing, Section
from ..words import CONFIDENCE, between, number
from . import arms_found
from .arms import BEYOND, DRAWS, neutral_horizons
from .flows import EVEN, FLOWS, GOOD, catastrophe, exposure_by
from .settings import Settings

DECADES = (4, 6, 9, 12)
"""Powers of ten of updates, beyond any run, for which closed forms say what is risked."""


def two_arms(runs: Mapping[str, Run], settings: Settings) -> Section:
    """Every rule: until it corrects, and its tail."""
    hazard, horizon = settings.hazards[0], f"until p > {GOOD}"
    found, tails = arms_found.risks(runs["arms"], settings), arms_found.tails(runs["arms"])
    rows = []
    for rule, flow in FLOWS.items():
        own = {
            risk.start: f"{number(float(risk.found.middle))} ({number(risk.closed)})"
            for risk in found.get(rule, ())
            if (risk.hazard, risk.horizon) == (hazard, horizon)
        }
        cells = (own.get(start, "too slow") for start in settings.starts)
        rows.append((flow.title, _slopes(tails[flow.title]), _limit(flow.limit), *cells))
    rows += [
        (name, _slopes(tails[name]), "not known", *["no closed form"] * len(settings.starts))
        for name in BEYOND
    ]
    caption = f"P(catastrophe) {horizon} with c = {hazard:g}: simulated (closed form)"
    columns = (
        "rule",
        "exponent of the tail",
        "in the limit, by theory",
        *(f"from ε = {start:g}" for start in settings.starts),
    )
    return Section(
        "Two arms: what is risked until correction, and how it goes on",
        (
            "Under a tail of exponent −1 or above exposure has no limit: that correction has come is no "
            "end of the risk. Exponents are read off the last tenth of training, or of the time until "
            f"π_bad < {arms_found.NEGLIGIBLE:g}, with the range of local slopes, continued by its change "
            "once more; that is no error limit. Losses are not matched in speed: all take steps of h = "
            f"{settings.h:g} on the log-odds for a gradient of 1. What can be compared between them are "
            "exponents, not the probabilities of a column.",
        ),
        (Listing(caption, columns, tuple(rows)),),
    )


def _limit(exponent: float) -> str:
    return "none, exponential" if exponent == -inf else f"{exponent:g}"


def _slopes(found: arms_found.Tail) -> str:
    slope, low, high = (number(each, 2) for each in (found.slope, found.low, found.high))
    return f"{slope} (range {low} to {high})"


def told(run: Run, settings: Settings) -> Section:
    """What is risked before correction, by c, where a reward tells of every bad act or of catastrophes."""
    found = arms_found.told_risks(run, settings)
    rows = tuple(
        (name, *(number(float(each[c].middle)) if c in each else "too slow" for c in settings.hazards))
        for name, each in found.items()
    )
    caption = f"c Σ π_bad until p > {EVEN:g}, from ε = {settings.starts[0]:g}: expected reward, by simulation"
    return Section(
        "Is a rarer catastrophe a smaller risk?",
        (
            "This follows from the loss, and speaks for neither side. Where the reward tells of every bad "
            "act, correction does not depend on c, and the risk before it is in proportion to c. Where "
            "catastrophes alone tell, and others learn from them (a mean-field: the loss is an "
            "expectation), correction is slower by as much as c is smaller.",
        ),
        (Listing(caption, ("the reward tells", *(f"c = {c:g}" for c in settings.hazards)), rows),),
    )


def neutral(run: Run, settings: Settings) -> Section:
    """Acts that nothing rewards, by horizon."""
    found = arms_found.no_incentive(run, settings)
    horizons = neutral_horizons(settings)
    rows = tuple(
        (name, *(between(each[updates](CONFIDENCE)) for updates in horizons)) for name, each in found.items()
    )
    caption = (
        f"P(catastrophe) of an act that begins with probability {settings.neutral_start:g} and has c = "
        f"{settings.neutral_hazard:g}, in {DRAWS} episodes an update"
    )
    return Section(
        "Acts that nothing rewards",
        (
            "How probable a catastrophe is by some time is a matter of that time, and reads for neither "
            "side. In the end it is certain where exposure diverges: with equal pay and expected reward, "
            "where nothing moves; and as a logarithm under cross-entropy, whose demonstrations leave the "
            "act out. Labels for all actions end it.",
        ),
        (Listing(caption, ("the act", *(f"by {updates:,} updates" for updates in horizons)), rows),),
    )


def long_run(settings: Settings) -> Section:
    """Closed forms beyond what is simulated."""
    start, hazard = settings.starts[0], settings.neutral_hazard
    rows = []
    for rule, flow in FLOWS.items():
        exposures = (exposure_by(rule, start, 10**power, settings.h) for power in DECADES)
        rows.append((flow.title, *(number(catastrophe(exposure, hazard)) for exposure in exposures)))
    caption = f"P(catastrophe) by the closed form, from ε = {start:g} with c = {hazard:g}"
    columns = ("rule", *(f"10^{power} updates" for power in DECADES))
    return Section(
        "In the end: closed forms beyond any run",
        (
            "These numbers are of the theory and not simulated. Where exposure converges they stand "
            "still. Where it diverges like a logarithm, *in the end* may be far beyond any training.",
        ),
        (Listing(caption, columns, tuple(rows)),),
    )
