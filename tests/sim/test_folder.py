import os
import subprocess
import sys
from pathlib import Path

import pytest
from popgrad.sim.errors import PopgradError
from popgrad.sim.store import PartialRun
from unfinished_run import HEADER, KILLED, block


def test_one_output_has_one_writer(output: Path):
    with (
        PartialRun.open(output, HEADER),
        pytest.raises(PopgradError, match=rf"process {os.getpid()} on .* is writing it now.*-o"),
    ):
        PartialRun.open(output, HEADER, overwrite=True)
    with PartialRun.open(output, HEADER):
        pass


def test_two_processes_cannot_write_one_output(output: Path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    with PartialRun.open(output, HEADER) as run:
        run.add(0, 0, block(0))
        child = subprocess.run(
            [sys.executable, "-c", KILLED, str(output)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert child.returncode == 1
    assert f"process {os.getpid()} on" in child.stderr
    assert PartialRun.peek(output).done == {(0, 0)}


@pytest.mark.parametrize("where", ["missing/out.h5", "file/out.h5", "/proc/out.h5", "folder"])
def test_a_place_that_cannot_be_written_is_named_before_any_work(tmp_path: Path, where: str):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    path = tmp_path / where
    with pytest.raises(PopgradError) as refusal:
        PartialRun.open(path, HEADER)
    named = path if where == "folder" else path.parent
    assert str(refusal.value).startswith(f"{named}: ")
    assert "-o" in str(refusal.value)
