import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from popgrad.sim.errors import PopgradError
from popgrad.sim.journal import Header
from popgrad.sim.store import DamagedBlock, PartialRun
from unfinished_run import HEADER, KILLED, block, write


def test_blocks_come_back_to_the_bit(output: Path, folder: Path):
    write(output, (0, 0), (0, 1), (1, 0))
    with PartialRun.open(output, HEADER) as run:
        assert run.done == {(0, 0), (0, 1), (1, 0)}
        for condition, index in run.done:
            expected, found = block(10 * condition + index), run.read(condition, index)
            assert found.keys() == expected.keys()
            for name, array in expected.items():
                assert found[name].dtype == array.dtype
                assert found[name].tobytes() == array.tobytes()
        assert (folder / "block-0000-000001.npz").is_file()
        run.remove()
    assert not folder.exists()


def test_a_block_is_immutable(output: Path):
    with PartialRun.open(output, HEADER) as run:
        run.add(0, 0, block(1))
        with pytest.raises(ValueError, match="immutable"):
            run.add(0, 0, block(2))


def test_a_run_that_finished_nothing_leaves_nothing(output: Path, folder: Path):
    with PartialRun.open(output, HEADER):
        assert folder.is_dir()
    assert not folder.exists()


def test_threads_may_add_at_once(output: Path):
    with PartialRun.open(output, HEADER) as run, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda index: run.add(0, index, block(index)), range(60)))
    run = PartialRun.peek(output)
    assert run.done == {(0, index) for index in range(60)}
    assert run.read(0, 37)["diverged_at"][0] == -37


def test_truncated_and_missing_block_files_do_not_count(output: Path, folder: Path):
    write(output, (0, 0), (0, 1), (0, 2))
    first, second = folder / "block-0000-000000.npz", folder / "block-0000-000001.npz"
    first.write_bytes(first.read_bytes()[:-1])
    second.unlink()
    with PartialRun.open(output, HEADER) as run:
        assert run.done == {(0, 2)}
        assert not first.exists()
        run.add(0, 0, block(0))
    run = PartialRun.peek(output)
    assert run.done == {(0, 0), (0, 2)}
    assert run.read(0, 0)["diverged_at"][0] == 0


def test_a_flipped_bit_is_found_and_the_block_computed_anew(output: Path, folder: Path):
    write(output, (0, 0), (0, 1))
    path = folder / "block-0000-000001.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedBlock):
        PartialRun.peek(output).read(0, 1)
    assert path.exists(), "a reader changes nothing"
    with PartialRun.open(output, HEADER) as run, pytest.raises(DamagedBlock, match="same command again"):
        run.read(0, 1)
    with PartialRun.open(output, HEADER) as run:
        assert run.done == {(0, 0)}


def test_leftovers_are_swept_and_foreign_files_kept(output: Path, folder: Path):
    write(output, (0, 0))
    for name in (".block-0000-000001.npz.0123.tmp", "block-0000-000009.npz", "notes.txt"):
        (folder / name).write_bytes(b"x")
    with PartialRun.open(output, HEADER) as run:
        names = {path.name for path in folder.iterdir()} - {"lock", "owner"}
        assert names == {"journal", "block-0000-000000.npz", "notes.txt"}
        run.remove()
    assert [path.name for path in folder.iterdir() if path.suffix] == ["notes.txt"]


def test_a_kill_costs_only_what_was_in_flight(output: Path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    command = [sys.executable, "-c", KILLED, str(output)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        seen = [int(child.stdout.readline()) for _ in range(5)]
        child.kill()
        seen += [int(line) for line in child.stdout]
    with PartialRun.open(output, Header("ab12", {})) as run:
        assert run.done >= {(0, index) for index in seen}
        assert len(run.done) <= len(seen) + 1
        assert all(run.read(*key)["diverged_at"][0] == key[1] for key in run.done)


def test_reading_while_another_writes(output: Path):
    stop = threading.Event()

    def grow(run: PartialRun) -> None:
        for index in range(200):
            if stop.is_set():
                return
            run.add(0, index, block(index))

    with PartialRun.open(output, HEADER) as run, ThreadPoolExecutor(1) as pool:
        growing = pool.submit(grow, run)
        seen = 0
        for _ in range(20):
            done = set()
            with suppress(PopgradError):
                done = PartialRun.peek(output).done
            assert done == {(0, index) for index in range(len(done))}
            assert len(done) >= seen
            seen = len(done)
        stop.set()
        growing.result()
