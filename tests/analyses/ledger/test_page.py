"""The command that writes the evidence, and the runs that it keeps."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from cases import experiment
from click.testing import CliRunner
from matplotlib.figure import Figure
from popgrad.analyses.claims.analysis import Listing
from popgrad.analyses.ledger import __main__ as command
from popgrad.analyses.ledger.part import Part
from popgrad.analyses.ledger.report import PARTS
from popgrad.analyses.ledger.runs import trained
from popgrad.sim.errors import PopgradError

LOSS: dict[str, Any] = {"kind": "imitation"}


def test_a_run_that_is_there_is_not_run_again_and_one_of_another_experiment_is_replaced(tmp_path):
    tables = experiment(LOSS, training={"updates": 3})
    with trained(tmp_path / "runs", "one", tables, 1) as run:
        made = run.path.stat().st_mtime_ns
    with trained(tmp_path / "runs", "one", tables, 1) as run:
        assert run.path.stat().st_mtime_ns == made
    with trained(tmp_path / "runs", "one", experiment(LOSS, training={"updates": 4}), 1) as run:
        assert run.own_times("0_imitation")[-1] == 4


@pytest.fixture
def stub(monkeypatch):
    """A part in place of all others, which computes nothing."""
    module = ModuleType("popgrad.analyses.ledger.stub")
    table = Listing("a table", ("one", "other"), (("1", "a | b"),))

    def run(_folder, quick, _threads):
        said = f"It is, {'in short' if quick else 'in full'}."
        return Part("A part", "Is it so?", "If it is.", (said,), Figure(), "A figure.", (table,))

    module.__dict__["run"] = run
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(PARTS, "stub", "a stub")
    return module


def test_the_page_has_the_parts_and_their_figures(stub, tmp_path):
    command.write(tmp_path / "new" / "folder", True, ("stub",), None)
    text = (tmp_path / "new" / "folder" / "evidence.md").read_text()
    parts = [
        "## A part",
        "*Is it so?*",
        "**What would count.** If it is.",
        "![](stub.png)",
        "in short",
        "a \\| b",
    ]
    places = [text.index(each) for each in parts]
    assert places == sorted(places)
    assert (tmp_path / "new" / "folder" / "stub.png").stat().st_size > 0


def test_what_goes_wrong_is_a_message(tmp_path, monkeypatch):
    called = CliRunner().invoke(command.main, ["--only", "nothing", "-o", str(tmp_path)])
    assert called.exit_code == 2
    assert "rivals" in called.output
    file = tmp_path / "file"
    file.write_text("")
    called = CliRunner().invoke(command.main, ["-o", str(file / "inside")])
    assert called.exit_code == 1
    assert "cannot be written" in called.output

    def refused(*_):
        raise PopgradError("the reason")

    monkeypatch.setattr(command, "write", refused)
    called = CliRunner().invoke(command.main, ["-o", str(tmp_path)])
    assert called.exit_code == 1
    assert "the reason" in called.output
