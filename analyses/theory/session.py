"""A suite on the terminal: each verdict as it is given, what failed, figures, JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ...sim.errors import PopgradError
from ...sim.runfile import Run
from ..json_output import write_json
from .case import Case, Effort
from .report import as_json, failures, line, pending_lines, summary
from .suite import Report, Verdict, alarm_level, verify


class Session:
    """Runs a suite and tells how it goes.

    Args:
        cases: which.
        effort: how much is computed, and by what.
        seed: from which each case's own is derived.
        figures: a folder for figures, if they are wanted.
        output: where the JSON goes, `-` for standard output, if it is wanted.
    """

    def __init__(
        self, cases: Sequence[Case], effort: Effort, seed: int, figures: Path | None, output: str | None
    ) -> None:
        self._cases, self._effort, self._seed, self._output = cases, effort, seed, output
        self._console = Console(stderr=output == "-", highlight=False, soft_wrap=True)
        self._verdicts: list[Verdict] = []
        self._album = None
        if figures:
            from .figures import Album

            self._album = Album(folder(figures))

    def run(self, keep: Path | None, pending: bool) -> Report:
        """Run every case; with `pending`, say what waits for a feature.

        Raises:
            KeyboardInterrupt: it was stopped; the verdicts so far are written.
        """
        if keep:
            folder(keep)
        effort, count = self._effort, len(self._cases)
        self._console.print(
            f"{count} case{'s' * (count != 1)}, seed {self._seed}, {effort.backend} {effort.precision}"
        )
        try:
            report = verify(self._cases, self._seed, effort, keep=keep, told=self._told)
        except KeyboardInterrupt:
            alpha = alarm_level(self._cases)
            self._conclude(Report(self._seed, effort, alpha, tuple(self._verdicts), 0.0), complete=False)
            raise
        self._conclude(report, complete=True)
        if pending:
            self._console.print("\n".join(pending_lines()), markup=False)
        return report

    def _conclude(self, report: Report, complete: bool) -> None:
        """What failed, what the suite came to, figures, JSON."""
        for verdict in report.verdicts:
            if not verdict.passed:
                self._console.print("\n".join(failures(verdict, report)))
        self._console.print("\n".join(summary(report)))
        if self._album:
            self._console.print(f"Figures: {self._album.close(report)}", markup=False)
        if self._output:
            values = {**as_json(report), "complete": complete, "passed": complete and report.passed}
            write_json(values, self._output)

    def _told(self, verdict: Verdict, run: Run | None) -> None:
        self._verdicts.append(verdict)
        self._console.print(line(verdict))
        if self._album and run:
            self._album.add(verdict, run)


def folder(path: Path) -> Path:
    """A folder that is there and may be written to.

    Raises:
        PopgradError: it cannot be made, or nothing can be written there.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise PopgradError(f"{path}: not a folder to write to ({error.strerror or error})") from error
    return path
