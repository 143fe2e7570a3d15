from pathlib import Path

import pytest
from popgrad.sim.store import PartialRun
from unfinished_run import HEADER, block, write


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_torn_last_line_does_not_count(output: Path, folder: Path, cut: int):
    write(output, (0, 0), (0, 1))
    journal = folder / "journal"
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert PartialRun.peek(output).done == {(0, 0)}
    with PartialRun.open(output, HEADER) as run:
        assert run.done == {(0, 0)}
        assert not (folder / "block-0000-000001.npz").exists()
        run.add(0, 1, block(1))
        run.add(0, 2, block(2))
    assert PartialRun.peek(output).done == {(0, 0), (0, 1), (0, 2)}


def test_a_corrupt_line_ends_what_counts(output: Path, folder: Path):
    write(output, *((0, index) for index in range(4)))
    journal = folder / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"block":2', b'"block":7')
    journal.write_bytes(b"".join(lines))
    with PartialRun.open(output, HEADER) as run:
        assert run.done == {(0, 0), (0, 1)}
        run.add(0, 3, block(3))
    assert PartialRun.peek(output).done == {(0, 0), (0, 1), (0, 3)}
