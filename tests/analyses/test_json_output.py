"""JSON to a file or to standard output, and what is said where it cannot go there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from popgrad.analyses.json_output import check_output, write_json
from popgrad.sim.errors import PopgradError

FULL = Path("/dev/full")


def test_where_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "found.json"
    check_output(str(path))
    assert not path.exists(), "checking leaves nothing behind"
    write_json({"share": 0.5}, str(path))
    assert json.loads(path.read_text()) == {"share": 0.5}
    check_output(str(path))
    assert path.read_text(), "checking leaves what is there"
    write_json({"ε": 1}, "-")
    assert json.loads(capsys.readouterr().out) == {"ε": 1}
    write_json({}, None)
    assert capsys.readouterr().out == ""


def test_where_it_cannot_go(tmp_path: Path) -> None:
    for place, message in ((tmp_path, "cannot be written"), (tmp_path / "none" / "x.json", "no folder")):
        with pytest.raises(PopgradError, match=message):
            check_output(str(place))


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk() -> None:
    check_output(str(FULL))
    with pytest.raises(PopgradError, match="No space left"):
        write_json({"share": 0.5}, str(FULL))
