"""Options without a meaning: each is named, with its path, before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click.testing
import popgrad
import pytest
import tomlkit
from popgrad import InvalidInput
from popgrad.cli import main
from popgrad.sim.cells import put
from popgrad.sim.spec import plain_tables

TABLES: dict[str, Any] = {
    "title": "two arms",
    "world": {"kind": "bandit", "reward": [1.0, 0.0]},
    "policy": {"kind": "linear"},
    "optimiser": {"kind": "sgd", "learning_rate": 0.1},
    "population": {"networks": 16},
    "training": {"updates": 50},
    "condition": [{"name": "a", "loss": {"kind": "imitation"}}],
}
EXACT, CRITIC = {"estimator": "exact"}, {"kind": "tabular", "learning_rate": 0.1}
OUTCOME, PREFERENCE = {"kind": "outcome"}, {"kind": "preference"}
CONSEQUENCE, RETURN = {"kind": "consequence"}, {"kind": "return_conditioned", "edges": [0.5]}
DECOUPLED = {"kind": "decoupled_approval"}
CRITICISED = {**OUTCOME, "baseline": "critic"}
LONG_WORLD = {"world": {"kind": "coin_line", "length": 2, "diversity": 0.3}}

LOSSES: dict[str, tuple[dict[str, Any], str, str]] = {
    "an empty loss": ({}, "loss.kind", "imitation"),
    "edges alike in float32": ({**RETURN, "edges": [0.1, 0.1 + 1e-12]}, "loss.edges", "float32"),
    "exact clipped queries": ({**DECOUPLED, **EXACT, "rule": "clipped"}, "loss.estimator", "sampled"),
    "minibatch of an on-policy loss": (
        {**OUTCOME, "estimator": "minibatch"},
        "loss.estimator",
        "exact, sampled",
    ),
    "minibatch of preferences": (
        {**PREFERENCE, "estimator": "minibatch"},
        "loss.estimator",
        "exact, sampled",
    ),
    "own minibatch": (
        {"kind": "imitation", "states": "own", "estimator": "minibatch", "rows": 3},
        "loss.estimator",
        "",
    ),
    "sampled contexts": ({"kind": "imitation", "estimator": "sampled"}, "loss.estimator", "minibatch"),
    "exact normalised queries": ({**DECOUPLED, **EXACT, "rule": "normalised"}, "loss.estimator", "sampled"),
    "exact episodes": (
        {**PREFERENCE, "compare": "episodes", "estimator": "exact"},
        "loss.estimator",
        "sampled",
    ),
    "exact with episodes": ({**CONSEQUENCE, **EXACT, "episodes": 4}, "loss.episodes", "samples nothing"),
    "an odd batch of pairs": (
        {
            **PREFERENCE,
            "compare": "episodes",
            "pairs": "own",
            "states": "own",
            "estimator": "sampled",
            "episodes": 3,
        },
        "loss.episodes",
        "even",
    ),
    "unlikelihood of a return": ({**OUTCOME, "rule": "unlikelihood"}, "loss.rule", "another rule"),
    "unlikelihood with a baseline": (
        {"kind": "process", "rule": "unlikelihood", "baseline": "mean"},
        "loss.baseline",
        "unlikelihood",
    ),
    "clipped labels": (
        {"kind": "process", "labels": "all", "rule": "clipped"},
        "loss.rule",
        "score_function",
    ),
    "normalised by one": ({**OUTCOME, "rule": "normalised", "episodes": 1}, "loss.episodes", "at least 2"),
    "a critic that is not asked": ({**OUTCOME, "critic": CRITIC}, "loss.critic", 'baseline = "critic"'),
    "a baseline without critic": (CRITICISED, "loss.critic", "a table"),
    "an exact critic": ({**CRITICISED, **EXACT, "critic": CRITIC}, "loss.baseline", "does not change"),
    "a critic of a key": ({**CRITICISED, "critic": {**CRITIC, "width": 3}}, "loss.critic.width", "hidden"),
    "a critic of a kind": (
        {**CRITICISED, "critic": {**CRITIC, "kind": "tabulr"}},
        "loss.critic.kind",
        "tabular",
    ),
    "a critic without layers": ({**CRITICISED, "critic": {**CRITIC, "kind": "mlp"}}, "loss.critic", "hidden"),
    "a table of layers": ({**CRITICISED, "critic": {**CRITIC, "hidden": [3]}}, "loss.critic", "hidden"),
    "a critic at rest": (
        {**CRITICISED, "critic": {**CRITIC, "learning_rate": 0.0}},
        "loss.critic.learning_rate",
        "above 0",
    ),
    "clip without clipping": ({**OUTCOME, "clip": 0.1}, "loss.clip", "clipped"),
    "epochs without clipping": ({**OUTCOME, "epochs": 2}, "loss.epochs", "clipped"),
    "negative entropy": ({**OUTCOME, "entropy": -0.1}, "loss.entropy", "at least 0"),
    "natural of a network": ({**OUTCOME, "rule": "natural"}, "loss.rule", "tabular"),
    "noise beyond a half": ({**PREFERENCE, "label_noise": 0.6}, "loss.label_noise", "at most 0.5"),
    "noise below none": (
        {**PREFERENCE, "label_noise": {"grid": [0.1, -0.1]}},
        "loss.label_noise",
        "at least 0",
    ),
    "beta of none": ({**PREFERENCE, "beta": 0.0}, "loss.beta", "above 0"),
    "q without its rule": ({"kind": "imitation", "q": 0.5}, "loss.q", "tsallis"),
    "the rule without q": ({"kind": "imitation", "rule": "tsallis"}, "loss.q", "a number"),
    "epsilon of softmax": ({**CONSEQUENCE, "epsilon": 0.1}, "loss.epsilon", "epsilon_greedy"),
    "epsilon beyond one": (
        {**CONSEQUENCE, "acting": "epsilon_greedy", "epsilon": 1.1},
        "loss.epsilon",
        "at most 1",
    ),
    "temperature of greed": (
        {**CONSEQUENCE, "acting": "epsilon_greedy", "temperature": 1.0},
        "loss.temperature",
        "softmax",
    ),
    "edges that fall": ({**RETURN, "edges": [0.5, 0.1]}, "loss.edges", "ascending"),
    "no edges": ({**RETURN, "edges": []}, "loss.edges", "at least 1"),
    "a bin that is not there": ({**RETURN, "target": 2}, "loss.target", "from 0 to 1"),
}
SPREADS = {"uniform": [-0.1, 0.1], "log_uniform": [0.0, 0.1], "choice": [0.1, -0.2], "grid": [0.0]}
RATE, SCHEDULE = "optimiser.learning_rate", "optimiser.schedule"
IMITATION = {"kind": "imitation"}
OTHERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "consequence of one logit": (
        {"policy.head": "logit", "condition[0].loss": CONSEQUENCE},
        "loss.kind",
        'head = "softmax"',
    ),
    "exact returns of many steps": (
        {**LONG_WORLD, "condition[0].loss": {**RETURN, **EXACT}},
        "loss.estimator",
        "only where episodes are one step",
    ),
    **{f"rates by {k}": ({RATE: {k: v}}, RATE, "above 0") for k, v in SPREADS.items()},
    "two distributions": ({RATE: {"grid": [0.1], "choice": [0.2]}}, RATE, "just one of"),
    "a range upside down": ({RATE: {"uniform": [0.2, 0.1]}}, RATE, "low at most high"),
    "a range of three": ({RATE: {"uniform": [0.1, 0.2, 0.3]}}, f"{RATE}.uniform", "at most 2"),
    "momentum of one": ({"optimiser.momentum": {"uniform": [0.5, 1.0]}}, "optimiser.momentum", "below 1"),
    "a loss of a phase": (
        {"phase": [{"updates": 5, "loss": "outcome"}]},
        "phase[0].loss",
        "table",
    ),
    "losses swept as tables": ({"sweep": {"loss": [OUTCOME, {"kind": "mona"}]}}, "sweep.loss", "condition"),
    "a run of no name": ({"policy.init": {"kind": "run", "path": ""}}, "policy.init.path", "1 character"),
    "weights that never differ": (
        {
            "policy.init": {"kind": "normal", "std": 0.0},
            "training": {"method": "guess_and_check", "select": {"loss": {"below": 0.1}}},
        },
        "policy.init.std",
        "above 0",
    ),
    "a cross-entropy below zero": (
        {
            "policy.init": {"kind": "normal"},
            "training": {"method": "guess_and_check", "select": {"loss": {"below": -0.1}}},
        },
        "training.select.loss.below",
        "above 0",
    ),
    "an empty optimiser": ({"optimiser": {}}, "optimiser.kind", "sgd"),
    "nesterov alone": ({"optimiser.nesterov": True}, "optimiser.nesterov", "momentum"),
    "a rate below float32": ({"optimiser.learning_rate": 1e-60}, "optimiser.learning_rate", "above 0"),
    "a rate beyond float32": ({"optimiser.learning_rate": 1e60}, "optimiser.learning_rate", "above 0"),
    "a factor without steps": (
        {"optimiser.schedule": {"kind": "linear", "factor": 0.5}},
        "optimiser.schedule",
        "every",
    ),
    "std by a spread": (
        {"policy.init": {"kind": "normal", "std": {"uniform": [-1.0, 1.0]}}},
        "policy.init.std",
        "at least 0",
    ),
    "a momentum of adam": (
        {"optimiser": {"kind": "adam", "learning_rate": 0.1, "momentum": 0.5}},
        "optimiser.momentum",
        "not known",
    ),
    "clip of nothing": ({"optimiser.clip_norm": 0.0}, "optimiser.clip_norm", "above 0"),
    "a key of a schedule": (
        {SCHEDULE: {"kind": "cosine", "warmup": 3}},
        f"{SCHEDULE}.warmup",
        "did you mean 'warm_up'",
    ),
    "a kind of schedule": ({SCHEDULE: {"kind": "cosin"}}, f"{SCHEDULE}.kind", "did you mean 'cosine'"),
    "steps without a factor": (
        {SCHEDULE: {"kind": "step", "every": 3}},
        SCHEDULE,
        "both `every` and `factor`",
    ),
    "a constant that falls": ({SCHEDULE: {"kind": "constant", "to": 0.1}}, SCHEDULE, "`over` and `to`"),
    "warm-up beyond the end": (
        {SCHEDULE: {"kind": "constant", "warm_up": 51}},
        f"{SCHEDULE}.warm_up",
        "at most 50",
    ),
    "a fall beyond the end": (
        {SCHEDULE: {"kind": "linear", "warm_up": 10, "over": 41}},
        f"{SCHEDULE}.over",
        "at most 40",
    ),
    "a step beyond the end": (
        {SCHEDULE: {"kind": "step", "every": 51, "factor": 0.5}},
        f"{SCHEDULE}.every",
        "at most 50",
    ),
    "a phase without updates": ({"phase": [{"loss": IMITATION}]}, "phase[0].updates", "how many"),
    "a phase without a loss": ({"phase": [{"updates": 3}]}, "phase[0].loss", "a table"),
    "a phase of no updates": (
        {"phase": [{"updates": 0, "loss": IMITATION}]},
        "phase[0].updates",
        "got 0",
    ),
    "a phase with a world": (
        {"phase": [{"updates": 3, "loss": IMITATION, "world": {}}]},
        "phase[0].world",
        "cannot change",
    ),
    "a phase with a loss's fault": (
        {"phase": [{"updates": 3, "loss": IMITATION}, {"updates": 3, "loss": CRITICISED}]},
        "phase[1].loss.critic",
        "a table",
    ),
    "a phase with an optimiser's fault": (
        {"phase": [{"updates": 3, "loss": IMITATION, "optimiser.learning_rate": -1.0}]},
        "phase[0].optimiser.learning_rate",
        "above 0",
    ),
    "a phase shorter than its schedule": (
        {"phase": [{"updates": 3, "loss": IMITATION}], SCHEDULE: {"kind": "constant", "warm_up": 4}},
        "phase[0].optimiser.schedule.warm_up",
        "at most 3",
    ),
    "a phase that sees other bins": (
        {"phase": [{"updates": 3, "loss": RETURN}]},
        "phase",
        "the same `edges`",
    ),
    "phases that are no tables": ({"phase": 3}, "phase", "[[phase]]"),
    "a time beyond all phases": (
        {"phase": [{"updates": 3, "loss": IMITATION}], "training.record": {"at": [54]}},
        "training.record.at",
        "53",
    ),
}
CASES = {**{name: ({"condition[0].loss": loss}, *rest) for name, (loss, *rest) in LOSSES.items()}, **OTHERS}


def tables_of(changes: dict[str, Any]) -> dict[str, Any]:
    tables = plain_tables(TABLES)
    for key, value in changes.items():
        put(tables, key, plain_tables(value))
    return tables


@pytest.mark.parametrize("name", CASES)
def test_what_has_no_meaning_is_named(name: str) -> None:
    changes, path, words = CASES[name]
    with pytest.raises(InvalidInput) as caught:
        popgrad.read_experiment(tables_of(changes))
    (fault, *_) = [each for each in caught.value.faults if each.path.split(" (")[0] == path]
    assert words in str(fault)


@pytest.mark.parametrize("name", CASES)
def test_a_run_of_it_ends_with_status_2_and_no_file(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    changes, path, _ = CASES[name]
    Path("bad.toml").write_text(tomlkit.dumps(tables_of(changes)))
    result = click.testing.CliRunner().invoke(main, ["run", "bad.toml"])
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 2
    assert path in result.output
    assert not list(tmp_path.glob("*.h5*"))
