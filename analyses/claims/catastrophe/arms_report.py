"""What the report says of two arms."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.runfile import Run
from ..claim import Listing, Section
from . import arms_found
from .arms import BEYOND
from .flows import FLOWS, GOOD, catastrophe, exposure_by
from .settings import Settings
from .words import number

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
        rows.append((flow.title, f"{tails[flow.title].slope:.2f}", *cells))
    rows += [
        (name, f"{tails[name].slope:.2f}", *["no closed form"] * len(settings.starts)) for name in BEYOND
    ]
    caption = f"P(catastrophe) {horizon} with c = {hazard:g}: simulated (closed form)"
    columns = ("rule", "exponent of the tail", *(f"from ε = {start:g}" for start in settings.starts))
    return Section(
        "Two arms: what is risked until correction, and how it goes on",
        (
            "Under a tail of exponent −1 or above exposure has no limit: that correction has come is no "
            "end of the risk. Exponents are read off the last tenth of training, or of the time until "
            f"π_bad < {arms_found.NEGLIGIBLE:g}. Losses are not matched in speed: all take steps of h = "
            f"{settings.h:g} on the log-odds for a gradient of 1. What can be compared between them are "
            "exponents, not the probabilities of a column.",
        ),
        (Listing(caption, columns, tuple(rows)),),
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
