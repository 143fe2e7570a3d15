"""Whether the suite alarms as often as it says: suites on fresh seeds, their alarms and their p-values.

python -m popgrad.analyses.theory.calibration --suites 20 --networks 2000
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import click
import numpy as np

from .case import Case, Effort
from .predictions import Array
from .suite import Report, alarm_level, every_case, verify


@dataclass(frozen=True, eq=False)
class Calibration:
    """What suites on fresh seeds came to.

    Args:
        alarms: of each suite, the names of the cases that alarmed.
        p_values: of all predictions that chance decides.
        independent: (suites · cases,), one p-value of each case and suite, in turn: those of one case draw on
            the same networks.
    """

    alarms: tuple[tuple[str, ...], ...]
    p_values: Array
    independent: Array

    @property
    def alarming(self) -> int:
        """How many suites alarmed."""
        return sum(bool(names) for names in self.alarms)

    def uniformity(self) -> float:
        """The p-value of Kolmogorov and Smirnov's test that the independent p-values are uniform."""
        from scipy.stats import kstest

        return float(kstest(self.independent, "uniform").pvalue)


def by_chance(cases: Sequence[Case]) -> list[Case]:
    """The cases of which chance decides something, without their exact predictions."""
    kept = [
        replace(case, predictions=tuple(part for part in case.predictions if part.stochastic))
        for case in cases
    ]
    return [case for case in kept if case.predictions]


def calibrate(suites: int, effort: Effort, seed: int) -> Calibration:
    """Run suites of the cases that chance decides, on seeds that are derived from one."""
    cases = by_chance(every_case(effort))
    reports: list[Report] = []
    for number in range(suites):
        reports.append(verify(cases, seed + number, effort))
        click.echo(_line(number, reports[-1]))
    found = [[[finding.p for finding in v.findings] for v in report.verdicts] for report in reports]
    independent = [values[n % len(values)] for n, suite in enumerate(found) for values in suite if values]
    return Calibration(
        tuple(tuple(v.case.name for v in report.verdicts if not v.passed) for report in reports),
        np.array([p for suite in found for values in suite for p in values], np.float64),
        np.array(independent, np.float64),
    )


def _line(number: int, report: Report) -> str:
    failed = [verdict.case.name for verdict in report.verdicts if not verdict.passed]
    alarms = f"alarms: {', '.join(failed)}" if failed else "no alarm"
    return f"suite {number + 1}, seed {report.seed}: {alarms}, {report.seconds:.0f} s"


@click.command()
@click.option("--suites", type=click.IntRange(2), default=20, show_default=True)
@click.option("--networks", type=click.IntRange(1000), default=2000, show_default=True)
@click.option("--seed", type=click.IntRange(0), help="Of the first suite; a fresh one if not given.")
def main(suites: int, networks: int, seed: int | None) -> None:
    """Run suites on fresh seeds and say how many alarm, and whether p-values are uniform."""
    effort = Effort(networks)
    found = calibrate(suites, effort, secrets.randbelow(2**32) if seed is None else seed)
    level = alarm_level(by_chance(every_case(effort)))
    click.echo(
        f"{found.alarming} of {suites} suites alarm, each prediction at p < {level:.2g}; "
        f"{found.p_values.size} p-values, of which {found.independent.size} independent ones are uniform "
        f"with p = {found.uniformity():.2g} (Kolmogorov and Smirnov)"
    )
    shares = {level: float((found.p_values < level).mean()) for level in (0.001, 0.01, 0.05, 0.5)}
    click.echo(", ".join(f"{share:.3g} below {level:g}" for level, share in shares.items()))


if __name__ == "__main__":
    main()
