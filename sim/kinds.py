"""Everything that an experiment file can name: popgrad's own kinds, and what plug-ins add to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from . import losses, worlds
from .errors import Fault, InvalidInput, nearest, shown
from .on_policy import Rules
from .optimiser import OPTIMISERS
from .plugin.bound import Bound
from .plugin.contents import Plugin
from .plugin.makers import maker_of
from .plugin.registration import Role
from .policies import POLICIES
from .policy import Head
from .registry import Maker, chosen, functions_in, make, options_of

Section = Literal["world", "policy", "optimiser", "loss"]
Named = Mapping[str, Maker]


@dataclass(frozen=True, eq=False)
class Kinds:
    """Makers by name.

    Args:
        world, policy, optimiser, loss: of the sections of the same name.
        rule, head: those of plug-ins; popgrad's own are words.
        plugins: where the others come from.
    """

    world: Named
    policy: Named
    optimiser: Named
    loss: Named
    rule: Named
    head: Named
    plugins: tuple[Plugin, ...] = ()

    def make(self, table: Any, section: Section) -> Any:
        """What a section's table says.

        Raises:
            InvalidInput: an unknown kind, or every fault of its options.
        """
        return make(getattr(self, section), self._bound(table, section), section)

    def with_defaults(self, table: Any, section: Section) -> dict[str, Any]:
        """A section's table with its defaults filled in; as it is where it is not valid by itself."""
        try:
            _, options = chosen(getattr(self, section), self._bound(table, section), section)
        except InvalidInput:
            return table
        return {"kind": table["kind"], **options.model_dump(exclude_none=True)}

    def is_own_world(self, name: Any) -> bool:
        """Whether a plug-in defines a world of this name."""
        return any(each.name == name for plugin in self.plugins for each in plugin.of("world"))

    def _bound(self, table: Any, section: Section) -> Any:
        """The table, a plug-in's rule or head in it replaced by the function that it names."""
        if section not in WITHIN or not isinstance(table, Mapping):
            return table
        key, words = WITHIN[section]
        makers: Named = getattr(self, key)
        if not makers or key not in table or not self._takes(section, table.get("kind"), key):
            return table
        given, path = table[key], f"{section}.{key}"
        if isinstance(given, str) and given not in makers:
            known = (*words, *makers)
            if given in words:
                return table
            expected = f"one of {', '.join(known)}"
            raise InvalidInput(section, [Fault(path, shown(given), expected, nearest(given, known))])
        if not isinstance(given, str | Mapping):
            return table
        if isinstance(given, Mapping) and given.get("kind") in words:
            word = given["kind"]
            expected = f'{key} = "{word}": popgrad\'s own is a word, its options stand beside it'
            raise InvalidInput(section, [Fault(path, shown(dict(given)), expected)])
        return {**table, key: make(makers, {"kind": given} if isinstance(given, str) else given, path)}

    def _takes(self, section: Section, kind: Any, key: str) -> bool:
        maker = getattr(self, section).get(kind) if isinstance(kind, str) else None
        field = options_of(maker).model_fields.get(key) if maker else None
        return field is not None and Bound in get_args(field.annotation)


WITHIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "loss": ("rule", get_args(Rules)),
    "policy": ("head", get_args(Head)),
}
"""The option of a section that may be a plug-in's, and popgrad's own words for it."""

OURS = Kinds(functions_in(worlds), POLICIES, OPTIMISERS, functions_in(losses), {}, {})


def kinds_of(plugins: Sequence[Plugin]) -> Kinds:
    """What can be named where these plug-ins are.

    Raises:
        InvalidInput: a name that is taken.
    """
    faults = []
    makers: dict[str, dict[str, Maker]] = {}
    for role in ("world", "loss", "rule", "head"):
        known = dict.fromkeys((*getattr(OURS, role), *_words(role)), "popgrad itself")
        added: dict[str, Maker] = {}
        for plugin, each in _functions(plugins, role):
            if each.name in known:
                given = f"a {role} `{each.name}`, which {known[each.name]} has too"
                faults.append(Fault(f"{plugin.source.path}.{each.name}", given, "a name that is not taken"))
                continue
            known[each.name] = plugin.name
            added[each.name] = maker_of(each, plugin.source)
        makers[role] = {**getattr(OURS, role), **added}
    if faults:
        raise InvalidInput("plugins", faults)
    return replace(OURS, **makers, plugins=tuple(plugins))


def _words(role: Role) -> tuple[str, ...]:
    return next((words for key, words in WITHIN.values() if key == role), ())


def _functions(plugins: Sequence[Plugin], role: Role) -> list[tuple[Plugin, Any]]:
    return [(plugin, each) for plugin in plugins for each in plugin.of(role)]
