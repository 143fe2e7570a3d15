import errno
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from popgrad.sim.errors import PopgradError
from popgrad.sim.store import DamagedBlock, Header, OutputExists, PartialRun, difference

EXPERIMENT = {
    "seed": 0,
    "world": {"kind": "coin_line", "length": 4},
    "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}],
}
HEADER = Header("ab12", EXPERIMENT)
OTHER = Header("cd34", {**EXPERIMENT, "world": {"kind": "coin_line", "length": 8, "diversity": 0.02}})


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.h5"


@pytest.fixture
def folder(output: Path) -> Path:
    return output.with_name("out.h5.partial")


def block(value: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(value)
    rate = rng.random((3, 4, 2), np.float32)
    rate[0, 0] = np.nan
    return {"rate": rate, "diverged_at": np.full(3, -value), "optimiser.learning_rate": rng.random(3)}


def write(output: Path, *keys: tuple[int, int], header: Header = HEADER, overwrite: bool = False) -> None:
    with PartialRun.open(output, header, overwrite) as run:
        for condition, index in keys:
            run.add(condition, index, block(10 * condition + index))


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


KILLED = """
import os, sys
import numpy as np
from pathlib import Path
from popgrad.sim.store import Header, PartialRun
run = PartialRun.open(Path(sys.argv[1]), Header("ab12", {}))
for index in range(10_000):
    run.add(0, index, {"diverged_at": np.full(1000, index)})
    print(index, flush=True)
"""


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


def test_a_finished_output_is_kept_unless_told(output: Path, folder: Path):
    output.write_text("results")
    with pytest.raises(OutputExists, match=r"--overwrite.*-o"):
        PartialRun.open(output, HEADER)
    assert not folder.exists()
    write(output, (0, 0), overwrite=True)
    assert output.read_text() == "results", "it stays until the new one takes its place"


def test_another_experiment_is_refused_with_what_differs(output: Path):
    write(output, (0, 0))
    with pytest.raises(PopgradError) as refusal:
        PartialRun.open(output, OTHER)
    assert "world.length: 4 / 8" in str(refusal.value)
    assert "world.diversity: absent / 0.02" in str(refusal.value)
    assert "seed" not in str(refusal.value)
    assert "--overwrite" in str(refusal.value)
    assert PartialRun.peek(output).done == {(0, 0)}
    write(output, (0, 5), header=OTHER, overwrite=True)
    assert PartialRun.peek(output).done == {(0, 5)}
    assert PartialRun.peek(output).header == OTHER


def test_overwrite_resumes_the_same_experiment(output: Path):
    write(output, (0, 0))
    with PartialRun.open(output, HEADER, overwrite=True) as run:
        assert run.done == {(0, 0)}


def test_the_list_of_differences_is_short(output: Path):
    write(output, (0, 0))
    with pytest.raises(PopgradError) as refusal:
        PartialRun.open(output, Header("ef", {f"key{i}": i for i in range(100)}))
    assert len(str(refusal.value).splitlines()) < 25
    assert "more" in str(refusal.value)


def test_the_same_settings_under_other_versions_are_refused(output: Path):
    write(output, (0, 0))
    with pytest.raises(PopgradError, match="versions of popgrad"):
        PartialRun.open(output, Header("ef56", EXPERIMENT))


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"00000000 {}\n", b"\xff\xfe\n"])
def test_an_unreadable_header_is_refused_while_there_are_blocks(output: Path, folder: Path, content: bytes):
    write(output, (0, 0))
    (folder / "journal").write_bytes(content)
    with pytest.raises(PopgradError, match="no readable header"):
        PartialRun.open(output, HEADER)
    with PartialRun.open(output, HEADER, overwrite=True) as run:
        assert run.done == set()


def test_a_folder_killed_before_its_first_block_is_taken_over(output: Path, folder: Path):
    folder.mkdir()
    (folder / "journal").write_bytes(b"1234 {")
    write(output, (0, 0), header=OTHER)
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


@pytest.mark.parametrize(("blocks", "more"), [(0, 0), (0, 100), (1, 0), (1, 30)])
def test_a_full_disk_keeps_what_is_finished(
    output: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, blocks: int, more: int
):
    real = os.write

    def filling(file: int, data: bytes) -> int:
        nonlocal left
        if left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(file, data[:left])
        left -= written
        return written

    with PartialRun.open(output, HEADER) as run:
        run.add(0, 0, block(0))
        left = blocks * (folder / "block-0000-000000.npz").stat().st_size + more
        with monkeypatch.context() as patch:
            patch.setattr("popgrad.sim.store.os.write", filling)
            with pytest.raises(
                PopgradError, match=r"disk is full: .* MB .*finished blocks are kept \(1\).*same command"
            ):
                run.add(0, 1, block(1))
        names = {path.name for path in folder.iterdir()} - {"lock", "owner"}
        assert names == {"journal", "block-0000-000000.npz"}
        run.add(0, 1, block(1))
    assert PartialRun.peek(output).done == {(0, 0), (0, 1)}


def test_a_real_full_disk(tmp_path: Path):
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    ).returncode:
        pytest.skip("may not mount a small disk")
    output = tmp_path / "out.h5"
    try:
        with PartialRun.open(output, HEADER) as run:
            run.add(0, 0, block(0))
            with pytest.raises(
                PopgradError, match=r"disk is full: 0\.1 MB were to be written, 0\.\d MB are free"
            ):
                run.add(0, 1, {"rate": np.zeros(15_000)})
            assert not list(output.with_name("out.h5.partial").glob("*.tmp"))
            run.add(0, 2, block(2))
        assert PartialRun.peek(output).done == {(0, 0), (0, 2)}
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


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


def test_difference_is_by_name_in_lists_of_tables():
    there = {"condition": [{"name": "a", "loss": {"kind": "x"}}, {"name": "b"}], "sweep": {}, "hidden": [16]}
    here = {
        "condition": [{"name": "b"}, {"name": "a", "loss": {"kind": "y"}}],
        "sweep": {},
        "hidden": [16, 16],
    }
    assert difference(there, here) == ['condition.a.loss.kind: "x" / "y"', "hidden: [16] / [16, 16]"]
    assert difference({"list": [{"p": 1}]}, {"list": [{"p": 1}, {"p": 2}]}) == ["list.1.p: absent / 2"]
    assert difference({"a": 1, "b": (1, 2)}, {"b": [1, 2.0], "a": 1.0}) == []
