"""What is written down of the claims: every file is whole, and faults are told all at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from popgrad.analyses.claims.claim import claim, names
from popgrad.analyses.claims.page import page
from popgrad.analyses.claims.record import predicted
from popgrad.analyses.claims.registered import registered
from popgrad.sim.errors import InvalidInput

TOY = Path(__file__).parents[3] / "examples" / "claims" / "feedback"


@pytest.mark.parametrize("name", [*names(), str(TOY)])
def test_a_claim_is_whole(name):
    found = claim(name)
    assert found.sha256 == hashlib.sha256(found.file.read_bytes()).hexdigest()
    for quick in (True, False):
        settings = found.settings(quick, {})
        assert found.experiments(settings)
        assert set(settings.model_dump()) - {"seed"} == set(
            found.registered.quick if quick else found.registered.full
        ), "every setting stands in the file, none is left to a default"
    for point in found.registered.points:
        assert len({point.inside, point.above, point.below}) > 1, f"{point.name}: nothing can come of it"
        sides = {predicted(point, side) for side in ("selection", "shaping")}
        assert sides != {"nothing"}, f"{point.name}: no side predicts anything"
    text = page(found)
    assert all(part in text for part in (found.registered.question, found.sha256, found.registered.rule))


def test_codes_and_names_differ():
    codes = [claim(name).registered.code for name in names()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("region = [-0.2, 0.2]", "region = [0.2, -0.2]"), "lower end first"),
        (('inside = "selection"', 'inside = "selecton"'), "did you mean 'selection'"),
        (("level = 0.05", "level = 5"), "less than 1"),
        (('question = "', 'qestion = "'), "did you mean 'question'"),
        (("[[points]]", "[[point]]"), "points"),
    ],
)
def test_faults_of_a_file(tmp_path, change, message):
    text = (TOY / "claim.toml").read_text()
    assert change[0] in text
    (tmp_path / "claim.toml").write_text(text.replace(*change))
    with pytest.raises(InvalidInput, match=message):
        registered(tmp_path / "claim.toml")


def test_a_name_that_is_not_known():
    with pytest.raises(InvalidInput, match="or a folder with a claim"):
        claim("nothing_of_this_name")
    with pytest.raises(InvalidInput, match="greater than or equal to 2"):
        claim(str(TOY)).settings(True, {"networks": 1})


def test_a_setting_within_a_table_may_be_replaced_by_its_dotted_key():
    settings = claim("physical_loss").settings(True, {"shown.outcome": 3})
    assert settings.model_dump()["shown"] == {"outcome": 3, "prediction": 50}
