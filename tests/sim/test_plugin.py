"""Plug-ins: what is refused before anything is computed, and what becomes of the rest."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import popgrad
import pytest
from popgrad import InvalidInput
from popgrad.kernels.choices import Acting, Credit, Shape, Source, Weighing
from popgrad.sim.cells import put
from popgrad.sim.from_run import Continued, inherited, source
from popgrad.sim.inits import FromRun
from popgrad.sim.lower import Plan, lower
from popgrad.sim.rerun import differing
from popgrad.sim.spec import plain_tables

ROOT = Path(__file__).resolve().parents[2]
FOCAL = str(ROOT / "examples/plugins/focal.py")
TABLES: dict[str, Any] = {
    "title": "three arms",
    "world": {"kind": "bandit", "reward": [1.0, 0.0, -0.5]},
    "policy": {"kind": "linear"},
    "optimiser": {"kind": "sgd", "learning_rate": 0.1},
    "population": {"networks": 16},
    "training": {"updates": 20},
    "condition": [{"name": "a", "loss": {"kind": "imitation"}}],
    "compute": {"backend": "jax"},
}
LOSS, RULE, HEAD = "condition[0].loss", "condition[0].loss.rule", "policy.head"
OUTCOME = {"kind": "outcome"}
HEADER = """
import jax
import jax.numpy as jnp
import numpy as np
import popgrad
from popgrad import plugin
"""
SOUND = """
@plugin.loss(signal="approval")
def scored(log_policy, target, *, power: float = 1.0, loud: bool = False):
    "Approval by its power."
    return -(target * jnp.exp(power * log_policy)).sum()

@plugin.rule
def weighted(log_p, log_p_old, advantage, *, beta: float = 1.0):
    "Advantages by their exponential."
    return -jnp.exp(jnp.clip(advantage / beta, -5, 5)) * log_p

@plugin.head
def mixed(outputs, *, floor: float = 0.1):
    "A softmax with a floor."
    return jnp.log((1 - floor) * jax.nn.softmax(outputs) + floor / outputs.size)

@plugin.world
def coin(*, prize: float = 1.0) -> popgrad.World:
    "One state, two sides."
    return popgrad.World(
        successor=[[0, 0]], start=[1.0], features=[[1.0]], horizon=1, contexts=[1.0],
        reward=[[prize, 0.0]], observed_reward=[[0.0, prize]], demonstrator=[[1.0, 0.0]],
        behaviours=(popgrad.Behaviour("heads", "Takes heads.", [[1.0, 0.0]], contexts=[1.0]),),
    )

@plugin.behaviour
def last(world):
    "Takes the last action."
    if world.contexts is None:
        return None
    weight = np.zeros((world.states, world.actions))
    weight[:, -1] = 1
    return popgrad.Behaviour("last", "Takes the last action.", weight, contexts=world.contexts)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(text: str, name: str = "mine.py") -> str:
    Path(name).write_text(HEADER + text)
    return name


def tables_of(changes: dict[str, Any]) -> dict[str, Any]:
    tables = plain_tables(TABLES)
    for key, value in changes.items():
        put(tables, key, plain_tables(value))
    return tables


def read(changes: dict[str, Any], *plugins: str) -> Any:
    return popgrad.read_experiment(tables_of(changes), plugins=plugins)


def plan_of(changes: dict[str, Any], *plugins: str) -> Plan:
    (condition,) = read(changes, *plugins).conditions
    return lower(condition)


def loss_of(body: str, line: str = "return") -> str:
    return f"@plugin.loss\ndef bad(log_policy, target):\n    {line} {body}\n"


def rule_of(body: str) -> str:
    return f"@plugin.rule\ndef bad(log_p, log_p_old, advantage):\n    return {body}\n"


def head_of(body: str) -> str:
    return f"@plugin.head\ndef bad(outputs):\n    return {body}\n"


BAD_LOSS, BAD_RULE, BAD_HEAD = {LOSS: {"kind": "bad"}}, {LOSS: {**OUTCOME, "rule": "bad"}}, {HEAD: "bad"}
XENT = "-(target * log_policy).sum()"
FAULTS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "an import that fails": (
        "import no_such_module\n",
        {},
        ['plugins."mine.py"', "no_such_module", "line 7"],
    ),
    "a line that fails": ("x = 1 / 0\n", {}, ["ZeroDivisionError", "line 7"]),
    "no Python": ("def f(:\n", {}, ["SyntaxError", "line 7"]),
    "an exit": ("raise SystemExit(3)\n", {}, ["SystemExit"]),
    "nothing decorated": ("def focal(x): pass\n", {}, ["no decorated function", "@plugin.loss"]),
    "a loss of one argument": (
        "@plugin.loss\ndef bad(log_policy):\n    return 0.0\n",
        {},
        ["bad(log_policy)", "bad(log_policy, target, *, options)"],
    ),
    "a loss of anything": ("@plugin.loss\ndef bad(*x):\n    return 0.0\n", {}, ["bad(*x)", "target"]),
    "a rule of two": ("@plugin.rule\ndef bad(a, b):\n    return a\n", {}, ["log_p, log_p_old, advantage"]),
    "a world of a position": (
        "@plugin.world\ndef bad(size):\n    pass\n",
        {},
        ["bad(size)", "bad(*, options)"],
    ),
    "a behaviour with options": (
        "@plugin.behaviour\ndef bad(world, *, b: int = 1):\n    pass\n",
        {},
        ["options (b)", "none"],
    ),
    "an option of no type of TOML": (
        "@plugin.head\ndef bad(outputs, *, by: jax.Array):\n    return outputs\n",
        {},
        ["bad", "annotation", "types that TOML has"],
    ),
    "an annotation of nothing": (
        "@plugin.head\ndef bad(outputs, *, by: 'nothing'):\n    return outputs\n",
        {},
        ["nothing", "types that TOML has"],
    ),
    "an option that is taken": (
        "@plugin.loss\ndef bad(log_policy, target, *, states: float = 1.0):\n    return 0.0\n",
        {},
        ["`states`", "another name"],
    ),
    "a column of no world": (
        '@plugin.loss(signal="aproval")\ndef bad(log_policy, target):\n    return 0.0\n',
        {},
        ["'aproval'", "did you mean 'approval'"],
    ),
    "two of one name": (
        loss_of(XENT) + loss_of(f"2 * {XENT}"),
        {},
        ['plugins."mine.py".bad', "two functions under @plugin.loss"],
    ),
    "a name of popgrad's": (
        "@plugin.loss\ndef imitation(log_policy, target):\n    return 0.0\n",
        {},
        ["`imitation`", "popgrad itself", "not taken"],
    ),
    "a word of popgrad's": (
        head_of("outputs").replace("bad", "softmax"),
        {},
        ["`softmax`", "popgrad itself"],
    ),
    "an unknown option": (
        SOUND,
        {LOSS: {"kind": "scored", "pwer": 2.0}},
        ["loss.pwer", "did you mean 'power'"],
    ),
    "an option of another type": (SOUND, {LOSS: {"kind": "scored", "loud": 1.0}}, ["loss.loud", "boolean"]),
    "an unknown loss": (SOUND, {LOSS: {"kind": "score"}}, ["loss.kind", "'score'", "did you mean 'scored'"]),
    "an unknown rule": (
        SOUND,
        {LOSS: {**OUTCOME, "rule": "weigthed"}},
        ["loss.rule", "clipped", "did you mean 'weighted'"],
    ),
    "an unknown kind of rule": (
        SOUND,
        {LOSS: {**OUTCOME, "rule": {"kind": "x"}}},
        ["loss.rule.kind", "weighted"],
    ),
    "an unknown option of a rule": (
        SOUND,
        {LOSS: {**OUTCOME, "rule": {"kind": "weighted", "bta": 1.0}}},
        ["loss.rule.bta", "did you mean 'beta'"],
    ),
    "a rule of an imitation": (SOUND, {RULE: "weighted"}, ["loss.rule", "cross_entropy"]),
    "an unknown head": (SOUND, {HEAD: "mixd"}, ["policy.head", "did you mean 'mixed'"]),
    "a minibatch of approval": (
        SOUND,
        {LOSS: {"kind": "scored", "estimator": "minibatch", "rows": 4}},
        ["loss.estimator", "`approval`", "demonstrations"],
    ),
    "sampled contexts": (
        SOUND,
        {LOSS: {"kind": "scored", "estimator": "sampled"}},
        ["loss.estimator", "minibatch"],
    ),
    "all labels": (
        SOUND,
        {LOSS: {"kind": "process", "labels": "all", "rule": "weighted"}},
        ["loss.rule", '"weighted" of mine.py', "labels"],
    ),
    "exact queries": (
        SOUND,
        {LOSS: {"kind": "decoupled_approval", "estimator": "exact", "rule": "weighted"}},
        ["loss.estimator", "sampled"],
    ),
    "clip of a rule": (SOUND, {LOSS: {**OUTCOME, "rule": "weighted", "clip": 0.1}}, ["loss.clip", "clipped"]),
    "a natural gradient of a head": (
        SOUND,
        {"policy": {"kind": "tabular", "head": "mixed"}, LOSS: {**OUTCOME, "rule": "natural"}},
        ["Fisher", "softmax"],
    ),
    "predictions of a head": (SOUND, {HEAD: "mixed", LOSS: {"kind": "consequence"}}, ["predicts", "softmax"]),
    "a probability of a head": (
        SOUND,
        {
            "policy": {
                "kind": "tabular",
                "head": "mixed",
                "init": {"kind": "probability", "of": "best", "value": 0.1},
            }
        },
        ["policy.init.kind", '"mixed"'],
    ),
    "selection for a loss of an update": (
        SOUND,
        {
            LOSS: {"kind": "scored"},
            "policy.init": {"kind": "normal"},
            "training": {"method": "guess_and_check", "select": {"loss": {"below": 0.1}}},
        },
        ["training.method", "gradient"],
    ),
    "a world that is none": (
        "@plugin.world\ndef bad():\n    return 3\n",
        {"world": {"kind": "bad"}},
        ["int", "World"],
    ),
    "a world that raises": (
        "@plugin.world\ndef bad():\n    return np.zeros(3)[4]\n",
        {"world": {"kind": "bad"}},
        ["world.kind", "IndexError", "line 9"],
    ),
    "a world that does not hold together": (
        "@plugin.world\ndef bad():\n    return popgrad.World([[0]], [0.5], [[1]], 1)\n",
        {"world": {"kind": "bad"}},
        ["world.start", "0.5", "sum to 1"],
    ),
    "a behaviour that is none": (
        "@plugin.behaviour\ndef bad(world):\n    return 3\n",
        {},
        ["int", "Behaviour"],
    ),
    "a behaviour that raises": (
        "@plugin.behaviour\ndef bad(world):\n    return world.wieght\n",
        {},
        ['plugins."mine.py".bad', "AttributeError", "line 9"],
    ),
    "a behaviour of a taken name": (
        "@plugin.behaviour\ndef bad(world):\n    return popgrad.Behaviour('best', 'x', [[1, 0, 0]])\n",
        {},
        ["'best'", "does not have"],
    ),
    "a behaviour of another shape": (
        "@plugin.behaviour\ndef bad(world):\n    return popgrad.Behaviour('b', 'x', [[1, 0]])\n",
        {},
        ['plugins."mine.py".bad: behaviours.b.weight', "(1, 3)"],
    ),
    "a cost for each action": (
        loss_of("-target * log_policy"),
        BAD_LOSS,
        ["loss.kind", "shape (3,)", "shape ()"],
    ),
    "a cost of nothing": (loss_of(XENT, line="x ="), BAD_LOSS, ["None", "shape ()"]),
    "a cost that counts": (loss_of("log_policy.argmax()"), BAD_LOSS, ["int32", "floating"]),
    "NumPy": (loss_of("np.asarray(log_policy).sum()"), BAD_LOSS, ["line 9", "jnp and jax alone"]),
    "a float": (loss_of("float(log_policy[0])"), BAD_LOSS, ["line 9", "float()"]),
    "an if": (loss_of("log_policy[0] if log_policy[0] > -1 else target[0]"), BAD_LOSS, ["line 9", "`if`"]),
    "a slip": (loss_of("log_polcy.sum()"), BAD_LOSS, ["NameError", "log_polcy", "line 9"]),
    "no gradient": (
        loss_of("jax.lax.while_loop(lambda x: x < 0, lambda x: x + 1, log_policy.sum())"),
        BAD_LOSS,
        ["no gradient", "jax.grad"],
    ),
    "no policy": (loss_of("target.sum()"), BAD_LOSS, ["does not depend on the policy"]),
    "no gradient let through": (loss_of(f"jax.lax.stop_gradient({XENT})"), BAD_LOSS, ["does not depend"]),
    "the same of every policy": (loss_of("jnp.exp(log_policy).sum()"), BAD_LOSS, ["does not depend"]),
    "not a number": (
        loss_of("jnp.log(target).sum() - log_policy.sum()"),
        BAD_LOSS,
        ["inf", "target =", "finite"],
    ),
    "a gradient that is not a number": (
        loss_of("(target * jnp.where(target > 0, jnp.sqrt(target - jnp.exp(log_policy)), 0)).sum()"),
        BAD_LOSS,
        ["nan", "log_policy =", "jnp.where"],
    ),
    "a gradient beyond numbers": (
        loss_of("jnp.sqrt(jnp.abs(log_policy - log_policy.max())).sum()"),
        BAD_LOSS,
        ["in its gradient", "finite"],
    ),
    "a sum of visits": (rule_of("(-advantage * log_p).sum()"), BAD_RULE, ["loss.rule", "elementwise"]),
    "a rule by the mean of visits": (
        rule_of("-(advantage - advantage.mean()) * log_p"),
        BAD_RULE,
        ["with other visits beside it", "elementwise"],
    ),
    "a rule by the size of visits": (
        rule_of("-advantage / (1 + jnp.abs(advantage).mean()) * log_p"),
        BAD_RULE,
        ["with other visits beside it", "elementwise"],
    ),
    "a rule of no policy": (rule_of("advantage * log_p_old"), BAD_RULE, ["does not depend on log_p"]),
    "a rule of a root": (rule_of("-jnp.sqrt(advantage) * log_p"), BAD_RULE, ["nan", "advantage = -2"]),
    "a head of one": (head_of("outputs.sum()"), BAD_HEAD, ["policy.head", "shape ()", "shape (3,)"]),
    "a head of scores": (head_of("outputs"), BAD_HEAD, ["sum to 3", "log_softmax"]),
    "a head of impossible actions": (
        head_of("jnp.log(jnp.where(outputs >= outputs.max(), 1.0, 0.0) / 3) + 0 * outputs"),
        BAD_HEAD,
        ["-inf", "finite"],
    ),
    "a head of no policy": (head_of("jnp.full(outputs.shape, -jnp.log(3.0))"), BAD_HEAD, ["on the outputs"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_said_before_anything_is_computed(name: str, folder: Path) -> None:
    text, changes, words = FAULTS[name]
    with pytest.raises(InvalidInput) as caught:
        read(changes, written(text))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({LOSS: {"kind": "scored"}}, "loss.kind"),
        ({LOSS: {**OUTCOME, "rule": "weighted"}}, "loss.rule"),
        ({HEAD: {"kind": "mixed", "floor": 0.2}}, "policy.head"),
        ({"phase": [{"updates": 3, "loss": {"kind": "scored"}}]}, "phase[0].loss.kind"),
    ],
)
def test_numba_refuses_functions_of_arrays_and_says_what_takes_them(
    changes: dict[str, Any], path: str, folder: Path
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read({**changes, "compute": {"backend": "numba"}}, written(SOUND))
    (fault,) = caught.value.faults
    assert fault.path.split(" (")[0] == path
    assert "mine.py" in fault.given
    assert "--backend jax" in fault.expected
    assert read(changes, "mine.py").conditions


def test_files_and_entry_points_that_are_not_there(folder: Path) -> None:
    for named, words in (
        (["none.py"], "there is none at none.py"),
        (["none"], "popgrad.plugins"),
        ("focal.py", "a list"),
        ([3], "a list"),
    ):
        with pytest.raises(InvalidInput, match="plugins") as caught:
            read({"plugins": named})
        assert words in str(caught.value)
    Path("bytes.py").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="read as text"):
        read({}, "bytes.py")


def test_files_and_names_that_come_twice(folder: Path) -> None:
    Path("other").mkdir()
    same, other = written(SOUND), written(SOUND, "other/mine.py")
    assert len(read({}, same, same, other).plugins) == 1
    written(SOUND + "x = 1\n", "other/mine.py")
    with pytest.raises(InvalidInput, match="files whose names differ"):
        read({}, same, other)
    with pytest.raises(InvalidInput, match=r"`scored`, which mine\.py has too"):
        read({}, same, written(SOUND, "again.py"))


def test_every_fault_of_every_plugin_at_once(folder: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read({}, written("x = 1\n"), written("import no_such_module\n", "two.py"), "none.py")
    assert len(caught.value.faults) == 3


def test_a_file_names_its_plugins_relative_to_itself(folder: Path, tmp_path: Path) -> None:
    import tomlkit

    Path("deep").mkdir()
    written(SOUND, "deep/mine.py")
    Path("deep/x.toml").write_text(
        tomlkit.dumps(tables_of({"plugins": ["mine.py"], LOSS: {"kind": "scored"}}))
    )
    assert popgrad.read_experiment("deep/x.toml").tables["plugins"] == ["mine.py"]


def test_an_entry_point_is_found_by_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("site/mine_pack").mkdir(parents=True)
    Path("site/mine_pack/__init__.py").write_text("")
    Path("site/mine_pack/half.py").write_text("HALF = 0.5\n")
    text = "from .half import HALF\n" + head_of(
        "HALF * jax.nn.log_softmax(outputs) + HALF * jax.nn.log_softmax(outputs)"
    )
    Path("site/mine_pack/heads.py").write_text(HEADER + text)
    Path("site/mine_pack-1.dist-info").mkdir()
    Path("site/mine_pack-1.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: mine_pack\nVersion: 1\n"
    )
    points = "[popgrad.plugins]\nmine_heads = mine_pack.heads\n"
    Path("site/mine_pack-1.dist-info/entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(folder / "site"))
    experiment = read(BAD_HEAD, "mine_heads")
    assert experiment.tables["plugins"] == ["mine_heads"]
    (plugin,) = experiment.plugins
    assert plugin.entry["package"] == "mine_pack"
    with pytest.raises(InvalidInput, match="did you mean 'mine_heads'"):
        read({}, "mine_head")


def focal_by_hand(pi: np.ndarray, target: np.ndarray, gamma: float) -> float:
    """In the plainest way, float64."""
    return -sum(t * (1 - p) ** gamma * math.log(p) for p, t in zip(pi, target, strict=True))


@pytest.mark.parametrize("estimator", [{}, {"estimator": "minibatch", "rows": 8}])
def test_a_loss_becomes_part_of_the_plan(estimator: dict[str, Any]) -> None:
    loss = {"kind": "focal", "gamma": 1.5, **estimator}
    plan = plan_of({LOSS: loss}, FOCAL)
    assert plan.training.rule.shape == Shape.OWN
    assert plan.training.signal.credit == Credit.NORMALISED_LABELS
    assert plan.training.source == (Source.DRAWN if estimator else Source.FIXED)
    assert "loss" not in plan.functionals
    assert plan.own.loss is not None
    assert plan.own.rule is plan.own.head is None
    pi, target = np.array([0.2, 0.7, 0.1]), np.array([0.0, 0.4, 0.6])
    found = plan.own.loss(jnp.log(jnp.array(pi)), jnp.array(target))
    assert float(found) == pytest.approx(focal_by_hand(pi, target, 1.5), rel=1e-5)


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({"states": "own"}, Source.EXACT),
        ({"states": "own", "estimator": "sampled", "episodes": 4}, Source.SAMPLED),
        ({"states": "demonstrator"}, Source.FIXED),
    ],
)
def test_a_loss_has_the_states_of_imitation(options: dict[str, Any], source: Source, folder: Path) -> None:
    world = {"kind": "coin_line", "length": 3, "diversity": 0.2}
    own = plan_of({"world": world, LOSS: {"kind": "scored", **options}}, written(SOUND)).training
    imitated = plan_of({"world": world, LOSS: {"kind": "imitation", **options}}).training
    assert own.source == source
    np.testing.assert_array_equal(own.episodes.start, imitated.episodes.start)
    np.testing.assert_array_equal(own.episodes.weight, imitated.episodes.weight)
    assert own.signal.credit == imitated.signal.credit
    assert own.sampling.episodes == imitated.sampling.episodes


def test_functions_may_be_compiled_by_their_author(folder: Path) -> None:
    text = loss_of(XENT).replace("@plugin.loss", "@plugin.loss\n@jax.jit")
    text += head_of("jax.nn.log_softmax(outputs)").replace("@plugin.head", "@jax.jit\n@plugin.head")
    own = plan_of({**BAD_LOSS, **BAD_HEAD}, written(text)).own
    assert own.loss is not None
    assert own.head is not None
    assert float(own.loss(jnp.array([-1.0, -2.0, -3.0]), jnp.array([0.0, 1.0, 0.0]))) == 2.0


def test_the_gradient_of_a_loss_is_that_of_finite_differences() -> None:
    own = plan_of({LOSS: {"kind": "focal", "gamma": 3.0}}, FOCAL).own
    assert own.loss is not None
    z, target = np.array([0.3, -0.2, 1.1]), np.array([0.5, 0.25, 0.25])

    def by_hand(logits: np.ndarray) -> float:
        pi = np.exp(logits) / np.exp(logits).sum()
        return focal_by_hand(pi, target, 3.0)

    step = 1e-5 * np.eye(3)
    expected = [(by_hand(z + e) - by_hand(z - e)) / 2e-5 for e in step]
    gradient = jax.grad(lambda logits: own.loss(jax.nn.log_softmax(logits), jnp.array(target)))(jnp.array(z))
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_where_gamma_is_zero_the_focal_loss_would_be_the_cross_entropy() -> None:
    (condition,) = read({LOSS: {"kind": "focal"}}, FOCAL).conditions
    assert condition.loss.own is not None
    function = condition.loss.own.function
    assert function is not None
    log_policy, target = jnp.log(jnp.array([0.2, 0.8])), jnp.array([0.3, 0.7])
    assert float(function(log_policy, target, gamma=0.0)) == pytest.approx(
        -(0.3 * math.log(0.2) + 0.7 * math.log(0.8)), rel=1e-6
    )


def test_a_rule_and_a_head_become_part_of_the_plan(folder: Path) -> None:
    rule = {"kind": "weighted", "beta": 2}
    loss = {**OUTCOME, "rule": rule, "epochs": 3, "entropy": 0.1, "baseline": "mean"}
    plan = plan_of({LOSS: loss, HEAD: {"kind": "mixed", "floor": 0.3}}, written(SOUND))
    assert plan.training.rule.weighing == Weighing.OWN
    assert plan.training.rule.acting == Acting.OWN
    assert (plan.training.rule.kept, plan.training.rule.replayed, plan.training.rule.epochs) == (1, 1, 3)
    assert plan.training.rule.entropy == 1
    assert "loss" in plan.functionals
    assert plan.own.rule is not None
    assert plan.own.head is not None
    assert float(plan.own.rule(-1.0, -1.0, 2.0)) == pytest.approx(math.e)
    pi = np.exp(plan.own.head(jnp.array([0.0, 0.0, 50.0])))
    np.testing.assert_allclose(pi, [0.1, 0.1, 0.8], rtol=1e-5)
    named = plan_of({LOSS: {**OUTCOME, "rule": "weighted"}, HEAD: "mixed"}, "mine.py")
    assert named.training.rule.epochs == 1
    assert named.own.rule is not None
    assert float(named.own.rule(-1.0, -1.0, 2.0)) == pytest.approx(math.exp(2))


def test_tables_keep_what_was_chosen_with_its_defaults(folder: Path) -> None:
    changes = {LOSS: {**OUTCOME, "rule": "weighted"}, HEAD: "mixed"}
    experiment = read(changes, written(SOUND))
    assert experiment.tables["condition"][0]["loss"]["rule"] == {"kind": "weighted", "beta": 1.0}
    assert experiment.tables["policy"]["head"] == {"kind": "mixed", "floor": 0.1}
    again = popgrad.read_experiment(experiment.tables)
    assert again.tables == experiment.tables
    assert again.digest == experiment.digest


def test_options_are_swept_and_overridden_as_others_are(folder: Path) -> None:
    sweep = {"sweep": {"loss.power": [1.0, 2.0]}, LOSS: {"kind": "scored"}}
    experiment = read(sweep, written(SOUND))
    options = [dict(c.loss.own.options)["power"] for c in experiment.conditions if c.loss.own]
    assert options == [1.0, 2.0]
    heads = read({"sweep": {"policy.head": ["softmax", "mixed"]}}, "mine.py")
    assert [c.policy.own_head is not None for c in heads.conditions] == [False, True]


def test_losses_of_plugins_are_values(folder: Path) -> None:
    first, second = (read({LOSS: {"kind": "scored"}}, written(SOUND)).conditions[0].loss for _ in range(2))
    other = read({LOSS: {"kind": "scored", "power": 2.0}}, "mine.py").conditions[0].loss
    assert hash(first) == hash(second)
    assert first != other
    assert first.own is not None
    assert first.own.applied is first.own.applied


def test_the_digest_covers_the_source(folder: Path) -> None:
    before = read({}, written(SOUND)).digest
    assert read({}, "mine.py").digest == before
    assert read({}, written(SOUND + "# changed\n")).digest != before


WORLDS = {"world": {"kind": "coin", "prize": 2.0}, "compute": {}, LOSS: {**OUTCOME, "episodes": 4}}


def test_worlds_and_behaviours_run_on_numba_and_run_again(folder: Path) -> None:
    plugin = written(SOUND)
    tables = tables_of({**WORLDS, "training.watch": [{"behaviour": "last", "above": 0.4}]})
    with popgrad.run(tables, "out.h5", plugins=[plugin]) as run:
        assert run.behaviours == ("heads", "last")
        np.testing.assert_allclose(run.rate("last", "a"), 1 - run.rate("heads", "a"), atol=1e-6)
        assert (run.final("last", "a") > 0.5).all()
        assert run.world("a")["observed_reward"].tolist() == [[0.0, 2.0]]
        assert run.spec["plugins"] == ["mine.py"]
        assert run.plugins["mine.py"]["source"] == Path("mine.py").read_text()
        assert run.plugins["mine.py"]["defines"]["behaviour"] == ["last"]
    Path("mine.py").unlink()
    assert differing(Path("out.h5")) == []


def test_what_a_behaviour_measures_changes_no_weight(folder: Path) -> None:
    tables = tables_of({"compute": {}, LOSS: {**OUTCOME, "episodes": 4}})
    with popgrad.run(tables, "a.h5") as plain, popgrad.run(tables, "b.h5", plugins=[written(SOUND)]) as more:
        assert plain.weights("a").tobytes() == more.weights("a").tobytes()
        assert "plugins" not in plain.attributes
        assert plain.plugins == {}
        assert more.rate("last", "a").tolist() == more.rate("arm_2", "a").tolist()


def test_own_worlds_meet_behaviours_too_and_keep_their_arrays_plain(folder: Path) -> None:
    np.savez(
        "doors.npz",
        **{"successor": [[0, 0]], "start": [1.0], "features": [[1.0]], "horizon": 1},
        contexts=[1.0],
        demonstrator=[[1.0, 0.0]],
    )
    tables = tables_of({"world": {"kind": "./doors.npz"}, "compute": {}})
    with popgrad.run(tables, "out.h5", plugins=[written(SOUND)]) as run:
        assert run.behaviours == ("last",)
        assert not [name for name in run.world("a") if name.startswith("behaviour")]
    assert differing(Path("out.h5")) == []


def test_a_source_that_is_not_what_was_run_is_refused(folder: Path) -> None:
    import h5py

    popgrad.run(tables_of(WORLDS), "out.h5", plugins=[written(SOUND)]).close()
    with h5py.File("out.h5", "r+") as file:
        entries = json.loads(str(file.attrs["plugins"]))
        entries["mine.py"]["source"] += "# altered\n"
        file.attrs["plugins"] = json.dumps(entries)
    with pytest.raises(InvalidInput, match="the text that was run"):
        differing(Path("out.h5"))


def test_long_sources_are_kept(folder: Path) -> None:
    with popgrad.run(tables_of(WORLDS), "out.h5", plugins=[written(SOUND + "# " + "x" * 200_000)]) as run:
        assert len(run.plugins["mine.py"]["source"]) > 200_000


def test_weights_of_a_run_with_plugins_are_taken_without_running_them(folder: Path) -> None:
    Path("ran").mkdir()
    text = SOUND + "open('ran/' + str(len(__import__('os').listdir('ran'))), 'w').close()\n"
    popgrad.run(tables_of(WORLDS), "out.h5", plugins=[written(text)]).close()
    count = len(list(Path("ran").iterdir()))
    going_on = {"policy.init": {"kind": "run", "path": "out.h5"}, "compute": {}, "world.reward": [1.0, 0.0]}
    assert read(going_on).conditions[0].inherited is not None
    assert len(list(Path("ran").iterdir())) == count


def test_weights_under_another_head_are_other_weights(folder: Path) -> None:
    """As far as a branch without the backend that has heads can tell: the run's own account is rewritten."""
    import h5py

    plugin = written(SOUND)
    popgrad.run(tables_of(WORLDS), "out.h5", plugins=[plugin]).close()
    with h5py.File("out.h5", "r+") as file:
        text = str(file.attrs["spec"]).replace('head = "softmax"', 'head = { kind = "mixed", floor = 0.1 }')
        file.attrs["spec"] = text.replace('kind = "outcome"', 'kind = "scored"')
    init = FromRun(kind="run", path="out.h5")
    for head, fits in (("mixed", True), ({"kind": "mixed", "floor": 0.2}, False), ("softmax", False)):
        (condition,) = read({HEAD: head, "world": {"kind": "coin"}}, plugin).conditions
        own = Continued("linear", condition.policy, None, condition.world)
        with source(init, folder) as run:
            if fits:
                assert inherited(init, own, run, 16) is not None
            else:
                with pytest.raises(InvalidInput, match=r"policy\.head.*mixed"):
                    inherited(init, own, run, 16)


def test_a_plugin_of_worlds_and_behaviours_loads_no_jax(folder: Path) -> None:
    text = (
        "import popgrad\nfrom popgrad import plugin\nimport numpy as np\n"
        + SOUND[SOUND.index("@plugin.world") :]
    )
    Path("mine.py").write_text(text)
    code = (
        "import sys, popgrad\n"
        f"popgrad.run({tables_of(WORLDS)!r}, 'out.h5', plugins=['mine.py']).close()\n"
        "print('jax' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "False"


def test_plugins_beside_an_experiment_that_was_read_are_refused(folder: Path) -> None:
    experiment = read(WORLDS, written(SOUND))
    with pytest.raises(popgrad.PopgradError, match="where it was read"):
        popgrad.run(experiment, "out.h5", plugins=["mine.py"])


TWINS = """
@plugin.loss
def surprise(log_policy, target):
    return -(target * log_policy).sum()

@plugin.rule
def reinforce(log_p, log_p_old, advantage):
    return -advantage * log_p

@plugin.head
def plain(outputs):
    return jax.nn.log_softmax(outputs)
"""


def test_plugins_that_say_what_popgrad_says_train_the_same_networks(folder: Path) -> None:
    exact = {**OUTCOME, "estimator": "exact"}
    twins = {
        "imitation": {"loss": {"kind": "imitation"}},
        "surprise": {"loss": {"kind": "surprise"}, "policy.head": "plain"},
        "outcome": {"loss": exact},
        "reinforce": {"loss": {**exact, "rule": "reinforce"}, "policy.head": "plain"},
    }
    conditions = [{"name": name, **changes} for name, changes in twins.items()]
    tables = tables_of({"condition": conditions, "policy.init": {"kind": "normal"}})
    with popgrad.run(tables, "out.h5", plugins=[written(TWINS)]) as run:
        weights = {name: run.weights(name) for name in twins}
    for ours, theirs in (("imitation", "surprise"), ("outcome", "reinforce")):
        np.testing.assert_allclose(weights[ours], weights[theirs], rtol=1e-5, atol=1e-6)
    assert np.abs(weights["imitation"] - weights["outcome"]).max() > 0.01
    Path("mine.py").unlink()
    assert differing(Path("out.h5")) == []


@pytest.mark.parametrize(
    "option", ["k: complex = 1j", "k: object = jnp.float32(1.0)", 'k: float = "abc"', "k: Path = Path('x')"]
)
def test_a_default_that_no_file_could_give_is_a_fault(folder: Path, option: str):
    text = f"""
from pathlib import Path

@plugin.loss
def odd(log_policy, target, *, {option}):
    return -(target * log_policy).sum()
"""
    with pytest.raises(InvalidInput, match=r"odd: got the default k = "):
        popgrad.read_experiment(TABLES, plugins=[written(text)])


def test_plugins_in_one_string_are_asked_for_in_a_list():
    with pytest.raises(
        InvalidInput, match=r'plugins: got \'ok.py\', expected a list, such as \["focal.py"\]'
    ):
        popgrad.read_experiment(TABLES, plugins="ok.py")


def test_a_word_of_popgrad_is_no_table(folder: Path):
    tables = tables_of({LOSS: {"kind": "outcome", "rule": {"kind": "clipped", "clip": 0.1}}})
    with pytest.raises(InvalidInput, match='expected rule = "clipped": popgrad\'s own is a word'):
        popgrad.read_experiment(tables, plugins=[written(SOUND)])
