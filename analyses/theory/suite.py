"""The suite: finds the cases, runs each as any experiment is run, and gives a verdict.

Of m predictions that chance decides, each alarms at p < α = 1 − (1 − 0.01)^(1/m), so that a suite in which
theory and simulation agree alarms with probability 0.01 (Šidák 1967, J. Am. Stat. Assoc. 62:626-633). Where
predictions of a case depend on one another it is that or less, up to the half per cent of it by which
Bonferroni's 0.01/m is smaller.
"""

from __future__ import annotations

import fnmatch
import hashlib
import pkgutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ...sim.errors import Fault, InvalidInput, PopgradError, nearest
from ...sim.runfile import Run
from ...sim.simulate import run
from ..statistics import sidak_level
from . import cases as folder_of_cases
from .case import Case, Effort, Table
from .predictions import Finding

FALSE_ALARMS = 0.01
"""The probability that a suite alarms though theory and simulation agree."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """A case after its run.

    Args:
        case: which.
        seed: of its experiment.
        findings: of its predictions, in their order; none where it could not be run.
        alpha: the p-value below which a prediction alarms.
        seconds: it took.
        trouble: why it could not be run, if it could not.
        refused: whether that was to be expected of the backend.
    """

    case: Case
    seed: int
    findings: tuple[Finding, ...]
    alpha: float
    seconds: float
    trouble: str = ""
    refused: bool = False

    @property
    def passed(self) -> bool:
        """Whether every prediction holds; a case that the backend refuses has none."""
        return self.refused or (not self.trouble and not self.failures)

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that do not agree with theory."""
        return tuple(finding for finding in self.findings if not finding.holds(self.alpha))


@dataclass(frozen=True, eq=False)
class Report:
    """A suite after its runs.

    Args:
        seed: from which each case's own is derived.
        effort: how much was computed, and by what.
        alpha: the p-value below which a prediction alarms.
        verdicts: in the order of the cases.
        seconds: all took.
    """

    seed: int
    effort: Effort
    alpha: float
    verdicts: tuple[Verdict, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(verdict.passed for verdict in self.verdicts)


def modules() -> list[ModuleType]:
    """The files of cases, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder_of_cases.__path__))
    return [import_module(f"{folder_of_cases.__name__}.{name}") for name in names]


def every_case(effort: Effort) -> list[Case]:
    """All cases, in the order of the catalogue.

    Raises:
        ValueError: two of the same name.
    """
    found: list[Case] = [case for module in modules() for case in module.cases(effort)]
    names = [case.name for case in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"cases: {', '.join(twice)} stand there twice")
    return found


def chosen(cases: Sequence[Case], only: Iterable[str]) -> list[Case]:
    """The cases of some entries: `T05`, all of one; `T05.approving`; or with wildcards, `T1*`.

    Raises:
        InvalidInput: an entry that no case has.
    """
    wanted = list(only)
    names = [case.name for case in cases]
    entries = list(dict.fromkeys(name.split(".")[0] for name in names))
    matches = {
        text: {n for n in names if fnmatch.fnmatchcase(n.lower(), text.lower()) or _under(n, text)}
        for text in wanted
    }
    faults = [
        Fault("only", repr(text), f"one of {', '.join(entries)}, or a case's name", nearest(text, names))
        for text, found in matches.items()
        if not found
    ]
    if faults:
        raise InvalidInput("verify", faults)
    kept = set().union(*matches.values()) if wanted else set(names)
    return [case for case in cases if case.name in kept]


def _under(name: str, entry: str) -> bool:
    return name.lower().split(".")[0] == entry.lower()


def seed_of(suite_seed: int, name: str) -> int:
    """The seed of a case's experiment, so that no two cases of a suite draw the same numbers."""
    return int.from_bytes(hashlib.sha256(f"{suite_seed} {name}".encode()).digest()[:6])


def alarm_level(cases: Iterable[Case]) -> float:
    """α of each prediction that chance decides, for a suite of these cases."""
    m = sum(prediction.stochastic for case in cases for prediction in case.predictions)
    return sidak_level(max(m, 1), FALSE_ALARMS)


def verify(
    cases: Sequence[Case],
    seed: int,
    effort: Effort,
    *,
    keep: Path | None = None,
    told: Callable[[Verdict, Run | None], None] = lambda verdict, run: None,
) -> Report:
    """Run some cases and hold each against theory.

    Args:
        cases: which, as `every_case` and `chosen` give them for this effort.
        seed: from which each case's own is derived.
        effort: how much is computed, and by what.
        keep: a folder for the runs, NAME.h5 each; they are deleted when judged if None.
        told: is told each verdict as it is given, and the run while it is open (None if it could not run).
    """
    alpha = alarm_level(cases)
    began = time.perf_counter()
    verdicts = [_judged(case, seed_of(seed, case.name), alpha, effort, keep, told) for case in cases]
    return Report(seed, effort, alpha, tuple(verdicts), time.perf_counter() - began)


def _judged(
    case: Case,
    seed: int,
    alpha: float,
    effort: Effort,
    keep: Path | None,
    told: Callable[[Verdict, Run | None], None],
) -> Verdict:
    began = time.perf_counter()
    reason = dict(case.refused).get(effort.backend)
    if reason is not None:
        verdict = Verdict(case, seed, (), alpha, 0.0, reason, refused=True)
        told(verdict, None)
        return verdict
    finished = findings = None
    trouble = ""
    with ExitStack() as stack:
        try:
            finished = stack.enter_context(_ran(case, seed, effort, keep))
            findings = tuple(prediction.judge(finished) for prediction in case.predictions)
        except PopgradError as error:
            trouble = str(error)
        except Exception as error:  # what a fault of the simulator leads to is this case's alone
            trouble = f"{type(error).__name__}: {error}"
        verdict = Verdict(case, seed, findings or (), alpha, time.perf_counter() - began, trouble)
        told(verdict, finished if findings else None)
    return verdict


def tables_of(case: Case, seed: int) -> Table:
    """The experiment of a case, as it is run."""
    return {**case.experiment, "seed": seed}


@contextmanager
def _ran(case: Case, seed: int, effort: Effort, keep: Path | None) -> Iterator[Run]:
    with (
        nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="popgrad-verify-") as folder,
        run(
            tables_of(case, seed),
            Path(folder) / f"{case.name}.h5",
            backend=effort.backend,
            precision=effort.precision,
            device=effort.device,
            overwrite=True,
        ) as finished,
    ):
        yield finished
