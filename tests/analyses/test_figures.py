"""What is drawn is what was computed; odd runs still give a figure."""

import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from popgrad.analyses.commands import plot as plot_command
from popgrad.analyses.figures import columns_of, plot, save
from popgrad.analyses.statistics import wilson
from popgrad.analyses.style import look, wrapped
from popgrad.sim.errors import InvalidInput, PopgradError

TIME = np.unique(np.round(np.geomspace(1, 4000, 30)).astype(np.int64))
TIME = np.concatenate([[0], TIME])


class FakeRun:
    """A run in memory. Networks end near 0 or near 1."""

    title = "Coin line at $5: imitation and outcome"
    behaviours = ("walks_away", "coins")
    meanings = {"walks_away": "the policy walks away from the coin.", "coins": "coins taken."}  # noqa: RUF012
    is_probability = {"walks_away": True, "coins": False}  # noqa: RUF012
    hyperparameters = ()
    path = Path("run.h5")

    def __init__(self, conditions=("imitation", "outcome", "process"), networks=400, time=TIME):
        self.conditions, self.networks, self.time = tuple(conditions), np.arange(networks), time
        rng = np.random.default_rng(0)
        self.rates, self.diverged = {}, {}
        for condition in self.conditions:
            towards = np.where(rng.random(networks) < 0.3, 5.0, -5.0)[:, None] * np.tanh(time / 100)
            z = towards + rng.normal(0, 0.7, networks)[:, None]
            self.rates[condition] = (1 / (1 + np.exp(-z))).astype(np.float32)
            self.diverged[condition] = np.full(networks, -1)

    def rate(self, behaviour, condition):
        return self.rates[condition] * np.float32(1 if self.is_probability[behaviour] else 4)

    def diverged_at(self, condition):
        return self.diverged[condition]

    def diverge(self, condition, networks, at):
        self.diverged[condition][networks] = at
        self.rates[condition][networks, self.time >= at] = np.nan


def panels(figure, column=0):
    """The three panels of a condition: they are added one condition after the other."""
    return figure.axes[3 * column : 3 * column + 3]


def curve(panel):
    return panel.lines[0].get_xydata().T


def heights(panel):
    return np.array([bar.get_height() for bar in panel.patches])


def limits(band):
    """Lower and upper edge of a band, in the order of time: its polygon runs there and back."""
    vertices = band.get_paths()[0].vertices
    count = (len(vertices) - 3) // 2
    return vertices[1 : count + 1, 1], vertices[count + 2 : -1, 1][::-1]


def caption(figure):
    return " ".join(figure.get_supxlabel().split())


def test_every_condition_has_a_column_with_its_median_share_and_final_values():
    run = FakeRun()
    figure = plot(run)
    assert len(figure.axes) == 9
    for i, condition in enumerate(run.conditions):
        rates = run.rates[condition]
        top, middle, bottom = panels(figure, i)
        assert top.get_title(loc="left") == condition
        time, median = curve(top)
        np.testing.assert_array_equal(time, TIME)
        np.testing.assert_allclose(median, np.median(rates, axis=0), rtol=1e-6)
        np.testing.assert_allclose(curve(middle)[1], (rates > 0.5).mean(axis=0))
        counts, edges = np.histogram(rates[:, -1], 20, (0, 1))
        np.testing.assert_array_equal(heights(bottom), counts)
        np.testing.assert_allclose([bar.get_x() for bar in bottom.patches], edges[:-1], atol=1e-12)


def test_bands_are_the_quantiles_and_the_wilson_interval():
    run = FakeRun()
    top, middle, _ = panels(plot(run))
    rates = run.rates["imitation"].astype(float)
    for band, levels in zip(top.collections, [(0.05, 0.95), (0.25, 0.75)], strict=True):
        np.testing.assert_allclose(limits(band), np.quantile(rates, levels, axis=0), rtol=1e-6)
    np.testing.assert_allclose(limits(middle.collections[0]), wilson((rates > 0.5).sum(axis=0), 400))


def test_the_caption_says_what_is_drawn_and_who_is_missing():
    run = FakeRun()
    run.diverge("outcome", slice(0, 7), 100)
    figure = plot(run)
    text = caption(figure)
    for part in (
        "walks_away: the policy walks away from the coin. Top: probability of walks_away over 400 networks",
        "in each of 3 conditions",
        "25-75 % (dark) and 5-95 % (light)",
        "pointwise 95 % Wilson interval",
        "7 networks diverged and are left out",
    ):
        assert part in text
    assert figure.get_suptitle() == "Coin line at $5: imitation and outcome\nwalks_away"
    assert [panels(figure, i)[2].get_title(loc="right") for i in range(3)] == ["", "7 diverged", ""]
    assert heights(panels(figure, 1)[2]).sum() == 393
    np.testing.assert_allclose(
        curve(panels(figure, 1)[0])[1], np.nanmedian(run.rates["outcome"], axis=0), 1e-6
    )
    assert "No network diverged." in caption(plot(FakeRun()))


def test_every_axis_names_its_quantity():
    top, middle, bottom = panels(plot(FakeRun()))
    assert (top.get_ylabel(), middle.get_ylabel()) == ("probability", "share of networks\nabove 1/2")
    assert (middle.get_xlabel(), bottom.get_xlabel()) == ("updates done", "final probability")
    assert bottom.get_ylabel() == "networks"
    top, _, bottom = panels(plot(FakeRun(), "coins"))
    assert top.get_ylabel() == "expected count\nper episode"
    assert bottom.get_xlabel() == "final count per episode"


def test_counts_are_compared_with_one_half_and_binned_up_to_the_largest():
    run = FakeRun()
    _, middle, bottom = panels(plot(run, "coins"))
    rates = run.rate("coins", "imitation")
    np.testing.assert_allclose(curve(middle)[1], (rates > 0.5).mean(axis=0))
    last = bottom.patches[-1]
    assert last.get_x() + last.get_width() == pytest.approx(
        max(run.rates[c][:, -1].max() for c in run.rates) * 4
    )
    assert heights(bottom).sum() == 400


def test_a_rare_mode_is_seen():
    run = FakeRun(["c"], networks=10_000)
    run.rates["c"][:, -1] = 0.99
    run.rates["c"][0, -1] = 0.01
    figure = plot(run)
    bottom = panels(figure)[2]
    assert bottom.get_yscale() == "log"
    assert bottom.get_ylim()[0] < 1
    assert "logarithmic" in caption(figure)
    assert panels(plot(FakeRun(["c"], networks=40)))[2].get_yscale() == "linear"


def test_time_is_logarithmic_where_records_are():
    assert panels(plot(FakeRun()))[0].get_xscale() == "symlog"
    assert panels(plot(FakeRun(time=np.arange(0, 101, 5))))[0].get_xscale() == "linear"


def test_chosen_conditions_keep_their_order_and_their_look():
    run = FakeRun()
    every, some = plot(run), plot(run, conditions=["process", "imitation", "process"])
    assert len(some.axes) == 6
    for column, place in enumerate([2, 0]):
        here, there = panels(some, column)[0].lines[0], panels(every, place)[0].lines[0]
        assert here.get_color() == there.get_color() == look(place).colour
        assert here.get_marker() == there.get_marker() == look(place).marker
        assert panels(some, column)[0].get_title(loc="left") == run.conditions[place]


def test_looks_differ_in_grey():
    assert len({look(i)[1:] for i in range(36)}) == 36
    assert all(len({look(i)[part] for i in range(4)}) == 4 for part in range(4))


def test_names_break_where_they_can():
    assert wrapped("outcome", 20) == "outcome"
    assert wrapped("outcome[diversity=0.02]", 40) == "outcome\n[diversity=0.02]"
    assert wrapped("outcome[a=1,b=2]", 20) == "outcome\n[a=1,b=2]"
    assert wrapped("o[optimiser.learning_rate=0.01,policy.hidden=[16]]", 25) == (
        "o\n[optimiser.\nlearning_rate=0.01,\npolicy.hidden=[16]]"
    )
    assert wrapped("x" * 25, 10) == "x" * 10 + "\n" + "x" * 10 + "\n" + "x" * 5


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["a"], 1),
        (list("abcdef"), 6),
        (list("abcdefg"), 4),
        ([f"{loss}[d={d}]" for loss in "abc" for d in range(4)], 4),
        ([f"{loss}[d={d}]" for loss in "abcdef" for d in range(2)], 6),
        ([f"a[d={d}]" for d in range(12)], 6),
    ],
)
def test_a_sweep_stays_in_a_row(names, columns):
    assert columns_of(names) == columns


def test_twelve_conditions_are_three_blocks_of_four():
    run = FakeRun(
        [f"{loss}[diversity={d}]" for loss in ("imitation", "outcome", "mona") for d in (0, 1, 2, 3)]
    )
    figure = plot(run)
    assert len(figure.axes) == 36
    assert figure.axes[0].get_gridspec().ncols == 4
    assert sum(axes.get_ylabel() == "probability" for axes in figure.axes) == 3


def nothing(run):
    for rates in run.rates.values():
        rates[:] = np.nan


def one_condition_without(run):
    run.rates["outcome"][:] = np.nan


def all_diverged(run):
    run.diverge("outcome", slice(None), 50)


def union_of_times(run):
    run.rates["outcome"][:, 1::2] = np.nan
    run.rates["process"][:, 20:] = np.nan


def constants(run):
    run.rates["imitation"][:] = 0
    run.rates["outcome"][:] = 1
    run.rates["process"][:] = np.float32(1 + 2e-7)


@pytest.mark.parametrize("change", [nothing, one_condition_without, all_diverged, union_of_times, constants])
@pytest.mark.parametrize("behaviour", FakeRun.behaviours)
@pytest.mark.parametrize("networks", [1, 30])
def test_odd_runs_are_drawn(change, behaviour, networks, tmp_path):
    run = FakeRun(networks=networks)
    change(run)
    figure = plot(run, behaviour)
    save(figure, tmp_path / "odd.png")
    finals = [panels(figure, i)[2] for i in range(3)]
    words = [[text.get_text() for text in panel.texts] for panel in finals]
    missing = {nothing: range(3), one_condition_without: [1], all_diverged: [1]}.get(change, [])
    assert [i for i in range(3) if words[i] == ["no final values"]] == list(missing)
    assert [heights(panel).sum() for panel in finals] == [0 if i in missing else networks for i in range(3)]


@pytest.mark.parametrize("time", [[0], [40], [0, 1], [0, 1000], [1, 2], [7, 900, 1000], [0, 3, 10**9]])
def test_few_times_are_drawn(time, tmp_path):
    run = FakeRun(time=np.array(time))
    figure = plot(run)
    save(figure, tmp_path / "few.png")
    np.testing.assert_array_equal(curve(panels(figure)[0])[0], time)
    assert all(panels(figure)[0].collections)


def test_times_a_condition_lacks_are_dropped_for_it_alone():
    run = FakeRun()
    union_of_times(run)
    figure = plot(run)
    assert [len(curve(panels(figure, i)[0])[0]) for i in range(3)] == [len(TIME), len(TIME[::2]), 20]
    assert heights(panels(figure, 2)[2]).sum() == len(run.networks)


def test_unknown_names_are_all_told_with_the_nearest():
    with pytest.raises(InvalidInput) as caught:
        plot(FakeRun(), "walk_away", ["outcom", "process", "zzz"])
    assert [(fault.path, fault.nearest) for fault in caught.value.faults] == [
        ("behaviour", "walks_away"),
        ("condition", "outcome"),
        ("condition", None),
    ]


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg", "PNG"])
def test_the_same_figure_is_the_same_file(suffix, tmp_path):
    for name in "ab":
        save(plot(FakeRun(["a", "b"])), tmp_path / f"{name}.{suffix}")
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_saving_says_what_is_wrong(tmp_path):
    figure = plot(FakeRun(["a"]))
    with pytest.raises(PopgradError, match=r"'\.jpg', expected one of \.png, \.pdf, \.svg"):
        save(figure, tmp_path / "figure.jpg")
    with pytest.raises(PopgradError, match="there is no folder"):
        save(figure, tmp_path / "none" / "figure.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PopgradError, match="cannot be written"):
        save(figure, tmp_path / "folder.png")


def test_a_run_without_behaviours_is_told():
    run = FakeRun()
    run.behaviours = ()
    with pytest.raises(PopgradError, match="no behaviour"):
        plot(run)


@pytest.fixture
def opened(monkeypatch):
    """Stands in for the reader of run files; gives the paths that were opened."""
    paths = []

    def open_run(path):
        paths.append(path)
        return nullcontext(FakeRun())

    monkeypatch.setitem(sys.modules, "popgrad.sim.runfile", SimpleNamespace(open_run=open_run))
    return paths


def test_the_command_writes_beside_the_run(opened, tmp_path):
    result = CliRunner().invoke(plot_command, [str(tmp_path / "out.h5")], catch_exceptions=False)
    assert result.exit_code == 0
    assert result.output.strip() == str(tmp_path / "out.png")
    assert (tmp_path / "out.png").stat().st_size > 10_000
    assert opened == [tmp_path / "out.h5"]


def test_the_command_takes_a_behaviour_conditions_and_a_path(opened, tmp_path):
    figure = tmp_path / "figure.svg"
    arguments = ["out.h5", "-b", "coins", "-c", "process", "-c", "outcome", "-o", str(figure)]
    assert CliRunner().invoke(plot_command, arguments, catch_exceptions=False).exit_code == 0
    assert figure.read_text().startswith("<?xml")
    for wrong, kind in (["-b", "coin"], InvalidInput), (["-o", "figure.jpg"], PopgradError):
        assert isinstance(CliRunner().invoke(plot_command, ["out.h5", *wrong]).exception, kind)


def test_a_wrong_output_is_told_before_the_run_is_read(opened):
    CliRunner().invoke(plot_command, ["out.h5", "-o", "figure.jpg"])
    assert opened == []
