"""The commands, and above all what they say of input that is wrong."""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click.testing
import numpy as np
import popgrad
import pytest
import tomlkit
from popgrad.cli import COMMANDS, main
from popgrad.sim.cells import put

TABLES: dict[str, Any] = {
    "title": "a small one",
    "world": {"kind": "coin_line", "length": 2, "diversity": 0.3},
    "policy": {"kind": "linear", "head": "logit"},
    "optimiser": {"kind": "sgd", "learning_rate": 0.05},
    "population": {"networks": 20},
    "training": {"updates": 30, "watch": [{"behaviour": "walks_away", "below": 0.5}]},
    "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(tables: dict[str, Any], name: str = "small.toml") -> str:
    Path(name).write_text(tomlkit.dumps(tables))
    return name


def call(*arguments: str) -> click.testing.Result:
    result = click.testing.CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown section": ({"wrld": {}}, ["wrld", "did you mean 'world'"]),
    "unknown key": ({"world.lenght": 4}, ["world.lenght", "did you mean 'length'"]),
    "unknown kind": ({"world.kind": "coinline"}, ["world.kind", "'coinline'", "did you mean 'coin_line'"]),
    "wrong type": ({"world.length": "four"}, ["world.length", "'four'", "integer"]),
    "a whole number": ({"population.networks": 2.5}, ["population.networks", "2.5", "integer"]),
    "out of range": ({"world.diversity": 2}, ["world.diversity", "got 2", "less than or equal to 1"]),
    "below zero": ({"optimiser.learning_rate": -1}, ["optimiser.learning_rate", "-1", "a number above 0"]),
    "no networks": ({"population.networks": 0}, ["population.networks", "got 0"]),
    "no updates": ({"training.updates": 0}, ["training.updates", "got 0"]),
    "empty sweep": ({"sweep": {"world.diversity": []}}, ["sweep.world.diversity", "at least one value"]),
    "sweep of the population": ({"sweep": {"population.networks": [1, 2]}}, ["cannot change"]),
    "swept value": (
        {"sweep": {"world.diversity": [0.1, 2]}},
        ['(condition "imitation[diversity=2]")', "got 2"],
    ),
    "swept and overridden": (
        {"sweep": {"world.diversity": [0.1]}, "condition[0].world.diversity": 0.2},
        ["condition[0].world.diversity", "one or the other"],
    ),
    "head": (
        {"world": {"kind": "reward_register"}, "training.watch": []},
        ["policy.head", "3 actions", '"softmax"'],
    ),
    "column": (
        {"world": {"kind": "./bare.npz"}, "training.watch": []},
        ["condition", "demonstrator", "contexts"],
    ),
    "sums": (
        {"world": {"kind": "./leaky.npz"}, "training.watch": []},
        ["world.probability", "0.9", "sum to 1"],
    ),
    "watch": ({"training.watch": [{"behaviour": "walk_away", "below": 0.5}]}, ["did you mean 'walks_away'"]),
    "watch of two sides": (
        {"training.watch": [{"behaviour": "walks_away", "below": 0.5, "above": 0.2}]},
        ["either `below` or `above`"],
    ),
    "record": ({"training.record": {"log": 5, "every": 2}}, ["just one of log, linear, every and at"]),
    "spread": ({"optimiser.learning_rate": {"log_unifrm": [0.1, 1.0]}}, ["did you mean 'log_uniform'"]),
    "spread of zero": ({"optimiser.learning_rate": {"choice": [0.0, 1.0]}}, ["a number above 0"]),
    "init": ({"policy.init": {"kind": "norml"}}, ["policy.init.kind", "did you mean 'normal'"]),
    "seed": ({"seed": {"wights": 1}}, ["seed.wights", "did you mean 'weights'"]),
    "exact has no episodes": (
        {"condition[0].loss": {"kind": "outcome", "estimator": "exact", "episodes": 4, "baseline": "mean"}},
        ["loss.episodes", "loss.baseline", "samples nothing"],
    ),
    "mean of one": (
        {"condition[0].loss": {"kind": "outcome", "episodes": 1, "baseline": "leave_one_out"}},
        ["loss.episodes", "at least 2"],
    ),
    "own minibatch": (
        {"condition[0].loss": {"kind": "imitation", "states": "own", "estimator": "minibatch", "rows": 8}},
        ["loss.estimator", "sampled"],
    ),
    "two of one name": (
        {"condition": [TABLES["condition"][0], TABLES["condition"][0]]},
        ["two of the name 'imitation'"],
    ),
}


def arrays_on_disk() -> None:
    """A world without most columns, and one whose probabilities do not sum to one."""
    bare = {"successor": np.zeros((1, 2), int), "start": [1.0], "features": [[1.0]], "horizon": 1}
    np.savez("bare.npz", **bare)
    leaky = bare | {"successor": np.zeros((1, 2, 2), int), "probability": [[[0.5, 0.4], [1, 0]]]}
    np.savez("leaky.npz", **leaky)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_path_value_and_nearest_name(fault: str, folder: Path) -> None:
    arrays_on_disk()
    changes, expected = FAULTS[fault]
    tables = copy.deepcopy(TABLES)
    for key, value in changes.items():
        put(tables, key, copy.deepcopy(value))
    for command in ("check", "run"):
        result = call(command, write(tables))
        assert result.exit_code == 2
        assert "Traceback" not in result.output
        for words in expected:
            assert words in result.output
    assert not list(folder.glob("*.h5*"))


def test_all_faults_at_once(folder: Path) -> None:
    result = call(
        "check",
        write(TABLES),
        *(
            "--set",
            "world.diversity=2",
            "--set",
            "optimiser.learning_rate=-1",
            "--set",
            "population.networks=0",
        ),
        *("--set", "seed=-3", "--set", "policy.hed=1", "--set", "training.updates=0"),
    )
    assert "6 faults" in result.output


def test_files_that_are_no_experiment(folder: Path) -> None:
    assert "there is no such file" in call("run", "none.toml").output
    Path("bad.toml").write_text("title = = 3")
    assert "is not TOML" in call("check", "bad.toml").output
    Path("bytes.toml").write_bytes(b"\xff\xfe\x00")
    assert call("check", "bytes.toml").exit_code == 2
    assert call("check", write(TABLES), "--set", "nonsense").exit_code == 2
    assert call("info", "none.h5").exit_code == 2
    assert call("plot", "bad.toml").exit_code == 2


def test_outputs_that_cannot_be_written(folder: Path) -> None:
    Path("file").write_text("")
    for output in ("/proc/none/out.h5", "file/out.h5"):
        result = call("run", write(TABLES), "-o", output)
        assert result.exit_code == 2
        assert "cannot be written" in result.output


def test_a_run_from_file_to_figure(folder: Path) -> None:
    assert call("check", write(TABLES)).exit_code == 0
    assert call("run", "small.toml").exit_code == 0
    refused = call("run", "small.toml")
    assert refused.exit_code == 2
    assert "--overwrite" in refused.output
    assert call("run", "small.toml", "--overwrite", "--set", "seed=1").exit_code == 0
    assert "walks_away" in call("info", "small.h5").output
    assert call("plot", "small.h5", "-b", "walks_away", "-o", "figure.png").exit_code == 0
    assert Path("figure.png").stat().st_size > 10_000
    assert "did you mean 'walks_away'" in call("plot", "small.h5", "-b", "walk_away").output
    assert "every bit came out the same" in call("rerun", "small.h5").output
    with popgrad.open_run("small.h5") as run:
        assert run.spec["seed"] == 1
        assert "small" in repr(run)


PLUGIN = """
import numpy as np
import popgrad
from popgrad import plugin


@plugin.behaviour
def rightmost(world):
    "Goes right in every state."
    if world.contexts is None:
        return None
    weight = np.zeros((world.states, world.actions))
    weight[:, 1] = 1.0
    return popgrad.Behaviour("rightmost", "Goes right.", weight, contexts=world.contexts)
"""
FOCAL = str(Path(__file__).parents[1] / "examples/plugins/focal.py")


def test_a_plugin_from_file_to_rerun(folder: Path) -> None:
    Path("mine.py").write_text(PLUGIN)
    assert call("check", write(TABLES), "--plugin", "mine.py").exit_code == 0
    assert call("run", "small.toml", "--plugin", "mine.py").exit_code == 0
    told = call("info", "small.h5").output
    assert "rightmost" in told
    assert "plug-in mine.py" in told
    Path("mine.py").unlink()
    assert "every bit came out the same" in call("rerun", "small.h5").output
    assert (
        "there is none at mine.py" in call("run", "small.toml", "--plugin", "mine.py", "--overwrite").output
    )


def test_an_unfinished_run_is_not_taken_up_with_another_plugin(folder: Path) -> None:
    from popgrad.sim.folder import partial_folder
    from popgrad.sim.simulate import Work
    from popgrad.sim.store import PartialRun

    Path("mine.py").write_text(PLUGIN)
    work = Work(popgrad.read_experiment(write(TABLES), plugins=["mine.py"]))
    with PartialRun.open(Path("small.h5"), work.header(), overwrite=False) as partial:
        partial.add(0, 0, {"x": np.zeros(1)})
    assert partial_folder(Path("small.h5")).exists()
    Path("mine.py").write_text(PLUGIN + "# changed\n")
    refused = call("run", "small.toml", "--plugin", "mine.py")
    assert refused.exit_code == 2
    assert "source of mine.py" in refused.output


def test_a_loss_of_a_plugin_is_refused_by_numba_and_listed(folder: Path) -> None:
    loss = ("--set", 'condition[0].loss={ kind = "focal", gamma = 1.5 }')
    for command in ("check", "run"):
        refused = call(command, write(TABLES), "--plugin", FOCAL, *loss)
        assert refused.exit_code == 2
        for words in ('"focal" of focal.py', 'backend = "numba"', "--backend jax"):
            assert words in refused.output
    assert not list(folder.glob("*.h5*"))
    jax = ("--set", "compute.backend=jax", "--set", "policy.head=softmax")
    assert call("check", "small.toml", "--plugin", FOCAL, *loss, *jax).exit_code == 0
    listed = call("list", "--plugin", FOCAL).output
    assert "focal" in listed
    assert "fade" in listed
    assert "rules of plug-ins" not in listed


def test_help_and_lists(folder: Path) -> None:
    for command in COMMANDS:
        result = call(command, "--help")
        assert result.exit_code == 0
        assert len(result.output.split()) > 10
    listed = call("list").output
    for name in ("coin_line", "walks_away", "secure_outcome", "tabular", "sgd"):
        assert name in listed


def test_help_loads_no_kernels() -> None:
    code = (
        "import sys, popgrad.cli as c; c.main(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("'numba'", "'jax'", "'matplotlib'", "'h5py'", "'pydantic'"):
        assert heavy not in output


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_keeps_finished_blocks_and_the_same_command_goes_on(folder: Path) -> None:
    tables = copy.deepcopy(TABLES)
    tables["population"]["networks"] = 40_000
    tables["training"]["updates"] = 20_000
    tables["condition"][0]["loss"] = {"kind": "outcome", "estimator": "sampled", "episodes": 4}
    command = [sys.executable, "-m", "popgrad", "run", write(tables), "-o", "out.h5", "--threads", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    partial = folder / "out.h5.partial"
    for _ in range(600):
        if list(partial.glob("block-*")):
            break
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "The same command goes on from there" in errors
    assert "Traceback" not in errors
    kept = {path.name: path.stat().st_mtime_ns for path in partial.glob("block-*")}
    assert kept
    other = call("run", "small.toml", "-o", "out.h5", "--set", "world.length=3")
    assert other.exit_code == 2
    assert "world.length: 2 / 3" in other.output
    assert {path.name: path.stat().st_mtime_ns for path in partial.glob("block-*")} == kept


def test_info_says_where_a_run_on_the_other_backend_was(folder: Path) -> None:
    small = write(TABLES)
    assert call("run", small, "-o", "jax.h5", "--backend", "jax").exit_code == 0
    shown = call("info", "jax.h5")
    assert shown.exit_code == 0
    assert "jax" in shown.output
    assert "cpu" in shown.output
