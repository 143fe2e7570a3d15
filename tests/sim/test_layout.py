from dataclasses import replace

import pytest
from finished_run import LAYOUT, block
from popgrad.sim.layout import Layout


def test_layout_round_trip():
    again = Layout.from_json(LAYOUT.to_json())
    for name in Layout.__dataclass_fields__:
        if name != "worlds":
            assert getattr(again, name) == getattr(LAYOUT, name)
    assert again.to_json() == LAYOUT.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"sweep": {"rate": (1, 2)}},
        {"hyperparameters": ("a/b",)},
        {"parameters": (1,)},
        {"time_positions": ((0, 5), (0,))},
        {"attributes": {"title": "x"}},
        {"sweep": {"a": (1, 2)}, "hyperparameters": ("a",)},
    ],
)
def test_a_layout_that_cannot_be_written_is_refused_before_the_run(change: dict):
    with pytest.raises(ValueError, match=r"\w"):
        replace(LAYOUT, **change)


def test_a_block_of_the_wrong_shape_or_dtype_names_itself():
    arrays = block(LAYOUT, 0, 0)
    with pytest.raises(
        ValueError, match=r"'loss' in block 0 of condition 0: got float64 \(4, 4\), expected float32"
    ):
        LAYOUT.slab("loss", 0, 0, arrays | {"loss": arrays["loss"].astype(float)})
    with pytest.raises(ValueError, match=r"got float32 \(3, 4\), expected float32 \(4, 4\)"):
        LAYOUT.slab("loss", 0, 0, arrays | {"loss": arrays["loss"][:3]})
    del arrays["loss"]
    with pytest.raises(ValueError, match="lacks 'loss'"):
        LAYOUT.slab("loss", 0, 0, arrays)
