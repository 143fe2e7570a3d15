"""An experiment's tables with their defaults, as a run file keeps them."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

from .compute import Compute
from .custom_world import is_path
from .errors import InvalidInput
from .experiment import Training
from .kinds import Kinds, Section
from .registry import read_options


def completed(tables: dict[str, Any], kinds: Kinds) -> dict[str, Any]:
    """An experiment's tables with their defaults filled in, so that a file keeps what was run.

    A section whose `kind` a condition or the sweep changes is left as it is, for another kind has other
    options; so is one that only becomes valid with what a condition adds.
    """
    full = copy.deepcopy(tables)
    if kinds.plugins:
        full["plugins"] = [plugin.name for plugin in kinds.plugins]
    full["compute"] = read_options(Compute, full.get("compute", {}), "compute").model_dump()
    changed = {*full.get("sweep", {}), *(key for condition in full["condition"] for key in condition)}
    sections: tuple[Section, ...] = ("world", "policy", "optimiser")
    for section in sections:
        if not {section, f"{section}.kind"} & changed and not is_path(full[section].get("kind")):
            full[section] = kinds.with_defaults(full[section], section)
    for condition in full["condition"]:
        if not any(key.startswith("loss.") for key in full.get("sweep", {})):
            condition["loss"] = kinds.with_defaults(condition["loss"], "loss")
    for phase in full.get("phase", []):
        phase["loss"] = kinds.with_defaults(phase["loss"], "loss")
    with suppress(InvalidInput):
        training = read_options(Training, full["training"], "training")
        full["training"] = training.model_dump(exclude_none=True)
    return full
