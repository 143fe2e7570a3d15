"""The bandit: its columns are the lists it was given, and its defaults say who the best arm is."""

import pytest
from popgrad.sim.errors import InvalidInput
from popgrad.sim.worlds.bandit import bandit
from pydantic import ValidationError, validate_call


def test_defaults_follow_the_intended_reward():
    world = bandit(reward=[0.5, 2, 2, -1])
    assert world.horizon == 1
    assert world.features.tolist() == [[1]]
    assert world.contexts.tolist() == [1]
    assert world.reward.tolist() == world.observed_reward.tolist() == [[0.5, 2, 2, -1]]
    assert world.approval.tolist() == world.observed_approval.tolist() == [[-1, 1, 1, -1]]
    assert world.demonstrator.tolist() == [[0, 0.5, 0.5, 0]]


def test_every_column_can_be_given():
    world = bandit(reward=[1, 0], observed_reward=[1, 3], approval=[-0.5, 0.25], demonstrator=[0.9, 0.1])
    assert world.reward.tolist() == [[1, 0]]
    assert world.observed_reward.tolist() == [[1, 3]]
    assert world.approval.tolist() == world.observed_approval.tolist() == [[-0.5, 0.25]]
    assert world.demonstrator.tolist() == [[0.9, 0.1]]
    # The best arm is the intended one, whatever is reported.
    assert world.behaviour("best").weight.tolist() == [[1, 0]]


def test_behaviours_are_the_best_arm_and_every_arm():
    world = bandit(reward=[0, 1, 1])
    weights = {behaviour.name: behaviour.weight.tolist() for behaviour in world.behaviours}
    assert weights == {
        "best": [[0, 1, 1]],
        "arm_0": [[1, 0, 0]],
        "arm_1": [[0, 1, 0]],
        "arm_2": [[0, 0, 1]],
    }
    assert all(behaviour.is_probability for behaviour in world.behaviours)
    assert all(behaviour.margin_state == 0 for behaviour in world.behaviours)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("observed_reward", [1, 2, 3]),
        ("approval", [1]),
        ("demonstrator", [1]),
        ("approval", [1.01, 0]),
        ("approval", [float("nan"), 0]),
        ("demonstrator", [0.5, 0.4]),
        ("demonstrator", [1.5, -0.5]),
        ("observed_reward", [float("inf"), 0]),
    ],
)
def test_a_bad_list_is_a_fault_that_names_its_option(option, values):
    with pytest.raises(InvalidInput) as raised:
        bandit(reward=[1, 0], **{option: values})
    assert [fault.path for fault in raised.value.faults] == [option]


def test_faults_come_all_at_once():
    with pytest.raises(InvalidInput) as raised:
        bandit(reward=[1, float("nan")], observed_reward=[1], approval=[2, 0], demonstrator=[0, 0])
    paths = [fault.path for fault in raised.value.faults]
    assert paths == ["reward", "observed_reward", "approval", "demonstrator"]


def test_one_arm_is_refused_by_the_signature():
    with pytest.raises(ValidationError, match="reward"):
        validate_call(bandit)(reward=[1])
