"""What a run says of its selections: on the terminal, in `popgrad info` and in figures."""

from __future__ import annotations

import re
from pathlib import Path

import click.testing
import numpy as np
import popgrad
import pytest
import tomlkit
from cases import Table
from popgrad.analyses.figures import plot
from popgrad.analyses.report import selection_table
from popgrad.analyses.statistics import summarise
from popgrad.cli import main
from popgrad.sim.searches import Search, searches
from popgrad.sim.selection import Selection
from selection_cases import COIN, GUESS, SPLIT, attempts, selected


def search(tries: list[float], nearest: list[float], method: str = GUESS, **select: Table | int) -> Search:
    """A search for losses of at most 0.1 in at most 1,000 attempts."""
    asked = Selection.model_validate({"loss": {"below": 0.1}, "attempts": 1000, **select})
    tried = np.array(tries, float)
    with np.errstate(divide="ignore"):
        rate = np.where(tried > 0, 1 / tried, np.nan)
    return Search("guess", method, asked, tried, np.array(nearest, float), rate)


UNFOUND = "guess: 2 of 3 networks found no weights within the band in 1,000 attempts; "


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (search([5, 7], [0.05, 0.04]), None),
        (search([-1, 5, -1], [0.3, 0.01, 0.2222]), UNFOUND + "the nearest loss was 0.222"),
        (search([-1, 5, -1], [0.1000035, 0.01, np.nan]), UNFOUND + "the nearest loss was 0.1000035"),
        (search([-1, 5, -1], [np.nan, 0.01, np.nan]), UNFOUND + "no loss was finite"),
        (
            search([-1, 5, -1], [0.4, 0.5, 0.1], loss={"above": 0.5}),
            UNFOUND + "the nearest loss was 0.4",
        ),
        (
            search([-1, 5, -1], [0.3, 0.01, 0.05], margin={"above": 0}),
            UNFOUND.replace("band", "bands") + "the loss came within its band, but not with such a margin",
        ),
        (
            search([-1], [0.3], SPLIT, attempts=2_000_000),
            "guess: 1 of 1 network found no weights within the band in up to 2,000,000 attempts; "
            "the nearest loss was 0.3",
        ),
    ],
)
def test_the_sentence_on_networks_that_found_nothing(given, words):
    assert given.shortfall == words


def cells(given: Search) -> list[str]:
    """A search's row in the table."""
    return [next(iter(column.cells)) for column in selection_table([given]).columns]


def test_the_share_is_hits_over_everything_that_was_tried():
    """The mean of 1/attempts would be far above the share."""
    draws = np.random.default_rng(0).geometric(0.01, 4000).astype(float)
    draws[draws > 300] = -1
    given = search(list(draws), [0.1] * 4000, attempts=300)
    *_, found, median, share = cells(given)
    hits = (draws > 0).sum()
    assert found == f"{hits:,} of 4,000"
    assert float(median) == np.median(draws[draws > 0])
    rate, low, high = map(float, re.findall(r"[\d.]+", share))
    assert rate == pytest.approx(hits / draws[draws > 0].sum(), rel=0.3)
    assert low < 0.01 < high
    assert high - low < 0.001
    assert np.nanmean(given.rate) > 0.03


def test_the_share_by_splitting_is_the_mean_of_the_estimates():
    given = search([500, 500, -1, 1000], [0.1] * 4, SPLIT)
    assert cells(given)[1:4] == [SPLIT, "3 of 4", "500"]
    rate = np.array([2e-3, 2e-3, 1e-3])
    half = 1.96 * rate.std(ddof=1) / 3**0.5
    assert cells(given)[4] == f"{rate.mean():.3g} ({rate.mean() - half:.3g}–{rate.mean() + half:.3g})"
    assert cells(search([-1, -1], [0.1] * 2, SPLIT))[2:] == ["0 of 2", "–", "–"]
    assert cells(search([-1, -1], [0.1] * 2))[2:4] == ["0 of 2", "–"]
    assert cells(search([-1, -1], [0.1] * 2))[4].startswith("0 (0–0.0019")


CONDITIONS = [
    {"name": "gradient", "loss": {"kind": "imitation"}},
    {"name": "some", "training.select": {"loss": {"below": 0.1}, "attempts": 20}},
    {"name": "none", "training.select": {"loss": {"below": 1e-25}, "attempts": 20}},
    {"name": "all", "training": {"method": SPLIT, "select": {"loss": {"below": 0.1}, "attempts": 10**6}}},
]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run with conditions of which some, all or none of the networks find weights, and what it printed."""
    folder = tmp_path_factory.mktemp("selection")
    conditions = [{"training.method": GUESS, "loss": {"kind": "imitation"}, **each} for each in CONDITIONS]
    for condition in (conditions[0], conditions[3]):
        del condition["training.method"]
    tables = selected({}, networks=100, world=COIN, condition=conditions)
    tables["training"] = {"updates": 10}
    (folder / "some.toml").write_text(tomlkit.dumps(tables))
    return folder / "some.h5", said("run", str(folder / "some.toml"), "-o", str(folder / "some.h5"))


def said(*arguments: str) -> str:
    """What a command says, without line breaks."""
    result = click.testing.CliRunner().invoke(main, list(arguments), env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_the_commands_say_what_was_not_found(output):
    path, printed = output
    with popgrad.open_run(path) as run:
        lost = int((attempts(run, "some") == -1).sum())
        assert 0 < lost < 100
        assert [each.condition for each in searches(run)] == ["some", "none", "all"]
    for words in (printed, said("info", str(path))):
        assert f"some: {lost} of 100 networks found no weights within the band in 20 attempts" in words
        assert "none: 100 of 100 networks found no weights" in words
        assert words.count("found no weights") == 2
    assert "no weights were found" in said("info", str(path))
    assert f"{100 - lost} of 100" in said("info", str(path))


def test_figures_count_what_was_not_found(output):
    with popgrad.open_run(output[0]) as run:
        lost = int((attempts(run, "some") == -1).sum())
        counts = [summarise(run, "walks_away", name) for name in run.conditions]
        assert [each.unfound for each in counts] == [0, lost, 100, 0]
        assert [each.diverged for each in counts] == [0, 0, 0, 0]
        assert [len(each.final) for each in counts] == [100, 100 - lost, 0, 100]
        figure = plot(run, "walks_away")
    words = " ".join(figure.get_supxlabel().split())
    assert f"No network diverged. {100 + lost} networks found no weights and are left out." in words
    titles = [figure.axes[3 * column + 2].get_title(loc="right") for column in range(4)]
    assert titles == ["", f"{lost} found no weights", "100 found no weights", ""]


def test_a_run_without_selection_has_none_to_tell_of(tmp_path: Path):
    tables = selected({}, networks=16)
    tables["training"] = {"updates": 3}
    with popgrad.run(tables, tmp_path / "run.h5") as run:
        assert searches(run) == []
    assert "selection" not in said("info", str(tmp_path / "run.h5"))
