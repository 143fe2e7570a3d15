"""Each optimiser's steps, one by one, against optax in float64 on the same float32 gradients.

How far apart they may be is said in units in the last place of float32: of the step itself where gradients
keep their sign, so that no sum cancels, and of the largest step of the parameter so far where they do not (as
with weight decay). optax in float32 is the peer, twice whose error is too much.
"""

from __future__ import annotations

import numpy as np
import pytest
from optimiser_kernel import TAKES, take_steps
from optimiser_peers import PEERS, apart, by_optax, gradients


def test_every_optimiser_has_a_peer():
    assert {peer.table["kind"] for peer in PEERS.values()} == TAKES


@pytest.mark.parametrize("keeping", [True, False], ids=["keeping", "changing"])
@pytest.mark.parametrize("name", PEERS)
def test_steps_are_those_of_optax(name, keeping):
    peer, given = PEERS[name], gradients(keeping)
    path = take_steps(peer.table, given)
    steps = np.diff(path, axis=0)
    reference = by_optax(peer, given, path, np.float64)
    error, of_the_peer = (
        apart(each, reference, keeping and not peer.decays)
        for each in (steps, by_optax(peer, given, path, np.float32))
    )
    assert error <= (peer.keeping if keeping else peer.changing)
    assert error <= 2 * max(of_the_peer, 1.0)
