"""The page about the cases, from what each file says of itself.

python -m popgrad.analyses.theory.page docs/theory.md
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from .case import Case, Effort
from .pending import PENDING
from .suite import modules

NOTICE = "<!-- Written by `make docs` from the docstrings in analyses/theory/cases/: edit those. -->"
ABOUT = """\
What [`popgrad verify`](verification.md) holds popgrad against: experiments whose outcome is known exactly,
with the derivation. C0 is the coin line, T01 to T30 are the entries of a list of closed forms that it began
as, L… further results of the literature. Behind each case stands how many predictions it makes: exact ones,
and ones
that chance decides."""


def theory_page() -> str:
    """The page, in Markdown."""
    effort = Effort()
    parts = [f"# Theory\n\n{NOTICE}", ABOUT]
    parts += [_section(inspect.getdoc(module) or "", list(module.cases(effort))) for module in modules()]
    waiting = "\n".join(f"| {name} | {feature} |" for name, feature in PENDING.items())
    parts.append(
        f"## Pending\n\nWhat is not verified yet:\n\n| entry | waits for |\n| --- | --- |\n{waiting}"
    )
    return "\n\n".join(parts) + "\n"


def _section(text: str, cases: list[Case]) -> str:
    title, _, body = text.partition("\n\n")
    entries = ", ".join(dict.fromkeys(case.name.split(".")[0] for case in cases))
    rows = [f"| `{case.name}` | {_cell(case.title)} | {_predictions(case)} |" for case in cases]
    table = "\n".join(["| case | what | predictions |", "| --- | --- | --- |", *rows])
    return f"## {entries}: {title.rstrip('.')}\n\n{body}\n\n{table}"


def _predictions(case: Case) -> str:
    chance = sum(prediction.stochastic for prediction in case.predictions)
    exact = len(case.predictions) - chance
    words = [f"{exact} exact"] * bool(exact) + [f"{chance} by chance"] * bool(chance)
    return ", ".join(words)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(theory_page(), encoding="utf-8")
