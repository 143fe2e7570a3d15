"""The page about losses, from what the program says of them: docstrings, options, the columns they read.

python -m popgrad.sim.reference docs/losses.md
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import losses
from .docstrings import documentation
from .errors import InvalidInput
from .loss import Credit, Loss
from .option_table import inner_model, option_table, schema_of, table
from .population import Spread
from .registry import Maker, Options, Shared, functions_in, make, options_of, shared_by

NOTICE = "<!-- Written by `make docs` from the docstrings and options in sim/: edit those. -->"
COLUMNS = ("loss", "states", "signal", "pushed", "rules", "estimators")
READS = (
    "Defaults stand first. Under `signal` are the columns of the world that a loss reads; it sees no others."
)
PUSHED: dict[Credit, str] = {
    "action": "the action taken",
    "labels": "all actions",
    "query": "the action asked about",
    "target": "the action taken, in the row of the return",
    "pairs": "all pairs of actions",
    "own_pairs": "pairs of actions drawn",
    "episodes": "pairs of episodes",
}


def losses_page() -> str:
    """The page, in Markdown."""
    makers = functions_in(losses)
    shared = dict.fromkeys(model for maker in makers.values() for model in shared_by(maker).values())
    parts = [
        f"# Losses\n\n{NOTICE}",
        documentation(losses).body,
        table(COLUMNS, [overview(makers, name) for name in makers]),
        READS,
        *(section(heading(model), model, model) for model in shared),
        *(section(name, maker, options_of(maker)) for name, maker in makers.items()),
    ]
    return "\n\n".join(parts) + "\n"


def section(title: str, source: Maker | type[Options], model: type[Options], level: int = 2) -> str:
    """What a docstring says of a table of options, its own options and those of the tables in it."""
    said = documentation(source)
    summary = said.summary.removeprefix(f"{title}: ")
    shared = {} if isinstance(source, type) else shared_by(source)
    own = [
        name for name in model.model_fields if not any(name in part.model_fields for part in shared.values())
    ]
    inner = {name: found for name in own if (found := inner_model(model, name)) not in (None, Spread)}
    parts = [
        f"{'#' * level} {title}",
        summary[:1].upper() + summary[1:],
        said.body,
        option_table(model, own, source) if own else "",
        *(also(part) for part in shared.values()),
        f"Reference: {linked(said.reference)}" if said.reference else "",
        *(section(name, found, found, level + 1) for name, found in inner.items()),  # type: ignore[arg-type]
    ]
    return "\n\n".join(part for part in parts if part)


def heading(model: type[Shared]) -> str:
    """The first line of a model's docstring, up to its colon."""
    return documentation(model).summary.partition(":")[0]


def also(model: type[Shared]) -> str:
    """Where the options that a loss shares with others are explained."""
    title = heading(model)
    names = ", ".join(f"`{name}`" for name in model.model_fields)
    return f"[{title}](#{title.lower().replace(' ', '-')}): {names}."


def linked(reference: str) -> str:
    """A reference whose arXiv numbers are links."""
    return re.sub(r"arXiv (\d{4}\.\d{4,5})", r"[arXiv \1](https://arxiv.org/abs/\1)", reference)


def overview(makers: Mapping[str, Maker], name: str) -> tuple[str, ...]:
    """A loss's row in the first table: what its objects say, over the choices that its options offer."""
    found = list(made(makers, name))
    cells = (
        ", ".join(dict.fromkeys(f"`{loss.states}`" for loss in found)),
        "; or ".join(dict.fromkeys(map(signal, found))),
        "; or ".join(dict.fromkeys(map(pushed, found))),
        ", ".join(dict.fromkeys(f"`{loss.rule}`" for loss in found)),
        ", ".join(dict.fromkeys(f"`{loss.estimator}`" for loss in found)),
    )
    return f"[{name}](#{name})", *cells


def signal(loss: Loss) -> str:
    """The columns that a loss adds up, the one read on entering a terminal state last."""
    columns = " + ".join(f"`{column}`" for column in (*loss.signal, *filter(None, [loss.entry])))
    return columns + (" + `{}` − `{}`".format(*loss.executed) if loss.executed else "")


def pushed(loss: Loss) -> str:
    """What a loss pushes, and what an action is credited with."""
    if loss.credit != "action":
        return PUSHED[loss.credit]
    return f"{PUSHED[loss.credit]}, by {'its own step' if loss.myopic else 'what follows'}"


def made(makers: Mapping[str, Maker], name: str) -> Iterator[Loss]:
    """The losses of a name under all choices that go together, defaults first."""
    model = options_of(makers[name])
    offered = {option: choices(model, option) for option in model.model_fields}
    offered = {option: values for option, values in offered.items() if values}
    for values in itertools.product(*offered.values()):
        given = {option: value for option, value in zip(offered, values, strict=True) if value is not None}
        if loss := attempt(makers, {"kind": name, **given}):
            yield loss


def choices(model: type[Options], option: str) -> list[Any]:
    """The values of an option that is a choice, the default first, None for none; empty where it is not."""
    default = model.model_fields[option].default
    values = schema_of(model, option).get("enum", [])
    return list(dict.fromkeys([default, *values])) if values else []


def attempt(makers: Mapping[str, Maker], options: dict[str, Any]) -> Loss | None:
    """A loss, with some number for each option that it asks for; None where choices do not go together."""
    try:
        return make(makers, options, "loss")
    except InvalidInput as error:
        asked = {fault.path.rsplit(".", 1)[-1] for fault in error.faults if fault.given == "nothing"}
    model = options_of(makers[options["kind"]])
    lists = {option for option in asked if schema_of(model, option).get("type") == "array"}
    added = {option: [1] if option in lists else 1 for option in asked - options.keys()}
    return attempt(makers, options | added) if added else None


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(losses_page(), encoding="utf-8")
