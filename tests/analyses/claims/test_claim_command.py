"""`popgrad claim`: from a folder to a verdict, again, interrupted, and with wrong input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click.testing
import numpy as np
import popgrad
import pytest
from popgrad.analyses.claims import conduct as conducting
from popgrad.cli import main
from scipy.stats import t

TOY = str(Path(__file__).parents[3] / "examples" / "claims" / "feedback")
RUN = ("claim", "run", TOY, "--quick")


def call(*arguments: str, status: int = 0) -> click.testing.Result:
    result = click.testing.CliRunner().invoke(main, list(arguments))
    assert result.exit_code == status, (result.output, result.exception)
    return result


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of the toy leaves."""
    folder = tmp_path_factory.mktemp("claims") / "toy"
    call(*RUN, "-o", str(folder))
    return folder


@pytest.fixture
def copy(left: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, to be changed."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(left, tmp_path / "claims" / "feedback-quick"))


def test_what_a_run_leaves(left: Path):
    verdict = json.loads((left / "verdict.json").read_text())
    (cell,) = verdict["points"]["difference"]["cells"]
    with popgrad.open_run(left / "runs" / "after.h5") as run:
        difference = run.final("best", "reward") - run.final("best", "punish")
    assert cell["estimate"] == pytest.approx(float(difference.mean()), abs=1e-7)
    half = t.ppf(0.975, 63) * difference.std(ddof=1) / np.sqrt(64)
    assert cell["high"] - cell["estimate"] == pytest.approx(half, rel=1e-4)
    assert (verdict["outcome"], verdict["size"], verdict["measured"]["nan"]) == ("selection", "quick", None)
    assert verdict["networks"] == 64 + 2 * 64
    assert verdict["updates"] == 64 + 2 * 64 * 20
    assert (left / "claim.toml").read_bytes() == (Path(TOY) / "claim.toml").read_bytes()
    assert (left / "figure.png").read_bytes()[:4] == b"\x89PNG"
    assert (left / "figure.pdf").read_bytes()[:4] == b"%PDF"
    report, details = ((left / name).read_text() for name in ("report.md", "details.md"))
    for part in (verdict["sha256"], "figure.png", f"{cell['estimate']:.3g} (", "[details.md](details.md)"):
        assert part in report
    for part in (
        f"{cell['estimate']:.3g} (",
        "| rewarded \\| punished |",
        "64 networks were trained",
        "gap = 1.0",
    ):
        assert part in details


def test_the_same_command_again_runs_no_experiment(copy: Path, monkeypatch: pytest.MonkeyPatch):
    before = (copy / "verdict.json").read_text()
    (copy / "verdict.json").unlink()
    monkeypatch.setattr(conducting, "simulate", None)
    call(*RUN)
    assert (copy / "verdict.json").read_text() == before


def test_what_was_interrupted_goes_on(copy: Path, monkeypatch: pytest.MonkeyPatch):
    verdict = json.loads((copy / "verdict.json").read_text())
    (copy / "verdict.json").unlink()
    (copy / "runs" / "after.h5").unlink()

    def stopped(*_: object, **__: object):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(conducting, "simulate", stopped)
        assert "goes on from there" in call(*RUN, status=130).output
    assert not (copy / "verdict.json").exists()
    call(*RUN)
    again = json.loads((copy / "verdict.json").read_text())
    assert again["points"] == verdict["points"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--seed", "1"), "with seed = 0"),
        (("--set", "networks=65"), "with networks = 64"),
        (("-o", "."), "holds other files"),
        (("-o", "/proc/nowhere"), "cannot be written"),
        (("--set", "netwrks=65"), "did you mean 'networks'"),
        (("--set", "networks=many"), "'many'"),
    ],
)
def test_nothing_is_replaced_by_mistake(copy: Path, options: tuple[str, ...], message: str):
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    assert message in call(*RUN, *options, status=2).output
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


def test_another_run_may_replace_it(copy: Path):
    call(*RUN, "--seed", "1", "--overwrite")
    assert json.loads((copy / "verdict.json").read_text())["seed"] == 1


def test_only_what_a_run_wrote_is_replaced(copy: Path):
    own = [copy / "mine.png", copy / "notes.md", copy / "runs" / "mine.toml"]
    for path in own:
        path.write_text("mine")
    call(*RUN, "--seed", "1", "--overwrite")
    assert [path.read_text() for path in own] == ["mine"] * 3


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"\xff", b'{"settings": null}'])
def test_a_damaged_beginning_may_be_replaced(copy: Path, damaged: bytes):
    (copy / "begun.json").write_bytes(damaged)
    assert "--overwrite" in call(*RUN, status=2).output
    call(*RUN, "--overwrite")
    assert json.loads((copy / "begun.json").read_text())["settings"]["networks"] == 64


@pytest.mark.parametrize("name", ["after.h5", "after.toml"])
def test_a_damaged_run_says_what_to_do(copy: Path, name: str):
    path = copy / "runs" / name
    path.write_bytes(path.read_bytes()[:100] + b"\xff")
    assert ("delete it" if name == "after.h5" else "--overwrite") in call(*RUN, status=2).output


def test_what_an_experiment_refuses_is_said_before_anything_is_written(tmp_path: Path):
    folder, odd = tmp_path / "x", ("--set", "updates=3", "--set", "networks=99999999999")
    assert "networks" in call(*RUN, *odd, "-o", str(folder), status=2).output
    assert not folder.exists()


CODE = (Path(TOY) / "__init__.py").read_text()
TEXT = (Path(TOY) / "claim.toml").read_bytes()


@pytest.mark.parametrize(
    ("code", "text", "message"),
    [
        (CODE.replace("def analyse", "def analysed"), TEXT, "analyse: got nothing to call"),
        (CODE.replace("class Settings", "class Sizes"), TEXT, "expected a subclass"),
        ("import nothing_of_this_name", TEXT, "raised ModuleNotFoundError"),
        ("def", TEXT, "raised SyntaxError"),
        (CODE.replace('{"before": before', '{"../../before": before'), TEXT, "letters, digits"),
        (CODE.replace('return {"before": before, "after": after}', "return {}"), TEXT, "one at least"),
        (CODE.replace('estimates={"difference"', 'estimates={"diff"'), TEXT, "expected some of each"),
        (CODE.replace("return Analysis(", "return dict("), TEXT, "expected an Analysis"),
        (CODE, TEXT + b"\xff", "cannot be read as text"),
        (CODE, TEXT + b"\nx = = 1", "is not TOML"),
        (CODE, b"\xef\xbb\xbf" + TEXT, None),
    ],
)
def test_a_claim_of_ones_own(tmp_path: Path, code: str, text: bytes, message: str | None):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "__init__.py").write_text(code)
    (folder / "claim.toml").write_bytes(text)
    small = ("--quick", "--set", "networks=4", "--set", "updates=2", "-o", str(tmp_path / "out"))
    told = call("claim", "run", str(folder), *small, status=2 if message else 0).output
    assert (message or "X1 mine") in told


def test_the_run_of_another_experiment_is_not_taken(copy: Path):
    (copy / "runs" / "after.toml").write_text("title = 'another'\n")
    assert "of another experiment" in call(*RUN, status=2).output


def test_the_scoreboard(copy: Path):
    text = call("claim", "table", "--markdown").output
    assert "X1 feedback: selection (quick, seed 0" in text
    assert "below -0.2 or above 0.2" in text
    verdicts = json.loads(call("claim", "table", "--json", str(copy)).output)
    assert [each["claim"] for each in verdicts.values()] == ["feedback"]
    assert "selection" in call("claim", "table").output
    for damaged in ("{}", "5", "{", '{"claim": 1, "outcome": 2, "points": 3}'):
        (copy / "verdict.json").write_text(damaged)
        told = call("claim", "table").output
        assert "not a verdict" in told, damaged
        assert "C1 correction: not run" in told
    call("claim", "list")
    assert "no run of a claim" in call("claim", "table", ".", "nowhere", status=2).output


def test_what_moves_between_runs_of_a_claim(copy: Path):
    other = Path(shutil.copytree(copy, copy.with_name("again")))
    assert "between its runs: no cell" in call("claim", "table").output
    verdict = json.loads((other / "verdict.json").read_text())
    verdict["points"]["difference"]["cells"][0]["reading"] = None
    (other / "verdict.json").write_text(json.dumps(verdict))
    assert "between its runs: no cell" in call("claim", "table").output
    verdict["points"]["difference"]["cells"][0]["reading"] = "shaping"
    (other / "verdict.json").write_text(json.dumps(verdict))
    assert "feedback, between its runs: difference: selection or shaping" in call("claim", "table").output


def test_list_and_show(copy: Path):
    assert "X1" not in call("claim", "list").output
    shown = call("claim", "show", TOY).output
    assert "Two arms. Each network" in shown
    assert "networks" in shown
