"""What a policy is told and remembers stands in the state: the world that it acts in."""

from __future__ import annotations

from .conditioned import conditioned
from .controller import with_memory
from .loss import Targets
from .policy import Policy
from .world import World


def seen_by(policy: Policy, targets: Targets | None, world: World) -> World:
    """The world as a policy sees it and acts in it: with its memory, and the return it is told to aim at."""
    own = with_memory(world, policy.memory) if policy.memory > 1 else world
    return conditioned(own, targets) if targets else own
