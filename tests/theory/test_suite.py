"""The suite itself: seeds, levels, what is chosen, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner
from popgrad.analyses.theory.arms import OUTCOME, above, by_condition, experiment, first_crossing
from popgrad.analyses.theory.calibration import by_chance
from popgrad.analyses.theory.case import Case, Effort
from popgrad.analyses.theory.page import theory_page
from popgrad.analyses.theory.pending import PENDING
from popgrad.analyses.theory.predictions import Exact, Share
from popgrad.analyses.theory.suite import (
    alarm_level,
    chosen,
    every_case,
    modules,
    seed_of,
    tables_of,
    verify,
)
from popgrad.cli import main
from popgrad.sim.errors import InvalidInput

EFFORT = Effort(networks=200)
TABLES = experiment(
    "a case",
    {"outcome": {"loss": OUTCOME}},
    training={"updates": 100, "record": {"at": [0]}, "watch": [above(0.9)]},
)
CROSSED = by_condition(first_crossing, ["outcome"])
"""From 1/2 to 0.9 by h = 0.2: (2 ln 9 + 2 sinh ln 9)/h + ½ ln 0.36 = 65.9 updates."""


def case(name: str, *predictions) -> Case:
    return Case(name, "a case", TABLES, predictions)


RIGHT = case("A.right", Exact("updates", 66, CROSSED))
WRONG = case("A.wrong", Exact("updates", 67, CROSSED))


def test_there_are_at_least_45_cases_and_each_has_predictions():
    cases = every_case(Effort())
    assert len(cases) >= 45
    assert all(case.predictions and case.title for case in cases)
    assert {case.name.split(".")[0] for case in cases} >= {"T05", "T10", "T11", "T12", "T29", "C0"}


def test_every_file_says_what_it_derives():
    assert all((module.__doc__ or "").count("\n") >= 3 for module in modules())


def test_a_name_is_chosen_whole_by_its_entry_or_by_a_pattern():
    cases = every_case(Effort())
    names = [case.name for case in chosen(cases, ["t05"])]
    assert names == ["T05.approving", "T05.disapproving"]
    assert [case.name for case in chosen(cases, ["T05.approving"])] == names[:1]
    assert {case.name.split(".")[0] for case in chosen(cases, ["T1[12]*"])} == {"T11", "T12"}
    assert chosen(cases, []) == cases
    with pytest.raises(InvalidInput, match=r"T05.aproving.*T05.approving"):
        chosen(cases, ["T05.aproving"])


def test_seeds_differ_between_cases_and_repeat():
    assert seed_of(1, "a") == seed_of(1, "a")
    assert len({seed_of(seed, name) for seed in range(20) for name in "abc"}) == 60
    assert tables_of(RIGHT, 5)["seed"] == 5


def test_the_level_keeps_the_false_alarms_of_the_suite_at_one_percent():
    share = Share("share", 0.5, CROSSED)
    for m in (1, 10, 200):
        alpha = alarm_level([case(str(n), share) for n in range(m)])
        assert 1 - (1 - alpha) ** m == pytest.approx(0.01)
    assert by_chance([RIGHT, case("B", share, RIGHT.predictions[0])])[0].predictions == (share,)


def test_verdicts_say_what_failed_and_what_could_not_be_run():
    broken = replace(RIGHT, name="A.broken", experiment={**TABLES, "world": {"kind": "bandits"}})
    refused = replace(WRONG, name="A.refused", refused=(("numba", "for a reason"),))
    report = verify([RIGHT, WRONG, broken, refused], 3, EFFORT)
    right, wrong, cannot, not_here = report.verdicts
    assert right.passed
    assert not wrong.passed
    assert (wrong.failures[0].expected, wrong.failures[0].found) == (67, 66)
    assert not cannot.passed
    assert "bandit" in cannot.trouble
    assert not_here.passed
    assert not_here.refused
    assert not report.passed
    assert verify([RIGHT, refused], 3, EFFORT).passed


@pytest.fixture
def command(monkeypatch):
    """Call `popgrad verify` on two cases alone."""
    from popgrad.analyses.theory import suite

    monkeypatch.setattr(suite, "every_case", lambda effort: [RIGHT, WRONG])
    return lambda *options: CliRunner().invoke(main, ["verify", *options])


def test_the_command_ends_with_1_when_a_case_fails(command):
    assert command("--only", "A.right").exit_code == 0
    failed = command("--seed", "12")
    assert failed.exit_code == 1
    assert "A.wrong" in failed.output
    assert "expected 67, found 66" in failed.output
    assert "popgrad verify --only A.wrong --seed 12" in failed.output
    assert all(name in failed.output for name in PENDING)


def test_json_has_every_verdict_with_its_experiment(command, tmp_path):
    result = command("--json", "--seed", "12")
    found = json.loads(result.stdout)
    assert found["seed"] == 12
    assert not found["passed"]
    assert [case["verdict"] for case in found["cases"]] == ["passed", "failed"]
    assert found["cases"][1]["predictions"][0]["expected"] == 67
    assert found["cases"][0]["experiment"]["seed"] == seed_of(12, "A.right")
    command("--json", str(tmp_path / "found.json"), "--only", "A.right")
    assert json.loads((tmp_path / "found.json").read_text())["passed"]


def test_runs_and_figures_are_left_where_they_are_wanted(command, tmp_path):
    command("--keep", str(tmp_path / "runs"), "--figures", str(tmp_path / "figures"), "--only", "A.right")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["A.right.h5"]
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"A.right.png", "overview.png"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--only", "A.rihgt"], "A.right"),
        (["--precision", "float64"], "--backend jax"),
        (["--device", "gpu"], "--backend jax"),
        (["--networks", "3"], "1000"),
        (["--json", "/nowhere/at/all.json"], "there is no folder"),
        (["--keep", "/dev/null/runs"], "not a folder"),
        (["--figures", "/dev/null/figures"], "not a folder"),
        (["--seed", "-1"], "0"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_run(command, options, words):
    result = command(*options)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "seed" not in result.stdout.splitlines()[:1]


def test_list_names_cases_and_what_is_pending(command):
    result = command("--list")
    assert result.exit_code == 0
    assert result.output.startswith("A.right")
    assert all(name in result.output for name in PENDING)


def test_the_page_of_all_cases_is_up_to_date():
    from pathlib import Path

    page = Path(__file__).resolve().parents[2] / "docs" / "theory.md"
    assert page.read_text(encoding="utf-8") == theory_page(), "run `make docs`"


def test_a_stop_leaves_the_verdicts_so_far(command, tmp_path, monkeypatch):
    from popgrad.analyses.theory import suite

    judged = suite._judged

    def stopped(case, *rest):
        if case.name == "A.wrong":
            raise KeyboardInterrupt
        return judged(case, *rest)

    monkeypatch.setattr(suite, "_judged", stopped)
    result = command("--json", str(tmp_path / "found.json"))
    assert result.exit_code == 130
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert (found["complete"], found["passed"]) == (False, False)
    assert [case["name"] for case in found["cases"]] == ["A.right"]


def test_what_a_prediction_raises_is_the_trouble_of_its_case():
    def raises(run):
        raise ZeroDivisionError("nothing there")

    report = verify([case("A.odd", Exact("x", 1, raises)), RIGHT], 3, EFFORT)
    assert [verdict.passed for verdict in report.verdicts] == [False, True]
    assert report.verdicts[0].trouble == "ZeroDivisionError: nothing there"


def test_a_device_that_is_not_there_is_said_first(command, monkeypatch):
    result = command("--backend", "jax", "--device", "tpu")
    assert result.exit_code == 2
    assert "tpu" in result.output
    assert "A.right" not in result.output


def test_the_command_to_see_a_failure_again_has_all_options(command):
    result = command("--networks", "1000", "--long", "--seed", "4")
    assert "popgrad verify --only A.wrong --seed 4 --networks 1000 --long" in result.output


def test_letters_that_a_terminal_lacks_are_no_failure():
    command = [sys.executable, "-m", "popgrad", "verify", "--only", "T13.rate", "--seed", "1"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "T13.rate" in result.stdout
