import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from finished_run import LAYOUT, finished, whole
from popgrad.sim.runfile import Run, open_run


def test_summaries(run: Run):
    assert repr(run).startswith("<Run 'Coin <line>': 2 conditions, 10 networks, 200 updates; walks_away,")
    text = run._repr_html_()
    assert "Coin &lt;line&gt;" in text
    assert "It &lt;cheats&gt;." in text
    final = whole("rate", 0)[:, -1, 1]
    low, middle, high = np.quantile(final, [0.05, 0.5, 0.95])
    assert f"<tr><th>imitation</th><td>{middle:.3g} [{low:.3g}, {high:.3g}]</td>" in text
    assert text.count("<td>–</td>") == 1


def test_no_warning_from_a_condition_without_a_finite_rate(tmp_path: Path):
    layout = replace(LAYOUT, behaviour_positions=((1, 0), (0, 1)))
    with open_run(finished(tmp_path / "out.h5", layout)) as run, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run._repr_html_().count("<td>–</td>") == 2
