import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from finished_run import HEADER, LAYOUT, block, finished, started, whole
from popgrad.sim import hdf5
from popgrad.sim.errors import PopgradError
from popgrad.sim.finalise import finalise, run_finalise
from popgrad.sim.layout import Layout
from popgrad.sim.runfile import open_run
from popgrad.sim.store import PartialRun

OLD = b"\x89HDF\r\n\x1a\n old"


def test_only_the_finished_file_is_left(path: Path):
    assert [other.name for other in path.parent.iterdir()] == ["out.h5"]


def test_missing_blocks_are_refused(tmp_path: Path):
    with PartialRun.open(tmp_path / "out.h5", HEADER) as run:
        run.add(0, 0, block(LAYOUT, 0, 0))
        with pytest.raises(PopgradError, match="5 of 6 blocks are missing"):
            run_finalise(run, LAYOUT)
    assert not (tmp_path / "out.h5").exists()


def test_a_damaged_block_is_computed_anew_and_the_rest_kept(tmp_path: Path):
    output = tmp_path / "out.h5"
    with started(output, LAYOUT) as run:
        victim = run.folder / "block-0001-000001.npz"
        data = bytearray(victim.read_bytes())
        data[-200] ^= 4
        victim.write_bytes(data)
        with pytest.raises(PopgradError, match=r"block-0001-000001\.npz.*same command"):
            run_finalise(run, LAYOUT)
    assert not output.exists()
    with started(output, LAYOUT) as run:
        run_finalise(run, LAYOUT)
    with open_run(output) as again:
        np.testing.assert_array_equal(again.loss("imitation")[:, :4], whole("loss", 0))


@pytest.mark.parametrize("name", ["rate", "loss", "crossed_at", "weights", "learning_rate"])
def test_verification_finds_one_wrong_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    """The file is spoilt between writing and verifying, in this process."""
    output = tmp_path / "out.h5"
    verify = hdf5.verify

    def spoilt(partial: PartialRun, layout: Layout, path: Path) -> None:
        with h5py.File(path, "r+") as file:
            data = hdf5.dataset(file, name)
            values = data[...]
            values.reshape(-1).view(np.uint8)[-1 if name == "crossed_at" else 3] ^= 1
            data[...] = values
        verify(partial, layout, path)

    with started(output, LAYOUT) as run:
        (run.folder / "layout.json").write_text(LAYOUT.to_json())
        monkeypatch.setattr(hdf5, "verify", spoilt)
        with pytest.raises(PopgradError, match=f"/{name} does not read back"):
            finalise(output)
        assert [other.name for other in tmp_path.iterdir()] == ["out.h5.partial"]
        monkeypatch.undo()
        finalise(output)
    assert output.is_file()


def test_what_a_killed_writer_left_is_swept(tmp_path: Path):
    output = tmp_path / "out.h5"
    (tmp_path / ".out.h5.0123456789ab.tmp").write_text("half")
    (tmp_path / ".out.h5x.tmp").write_text("another's")
    finished(output)
    assert {other.name for other in tmp_path.iterdir()} == {"out.h5", ".out.h5x.tmp"}


def test_the_old_output_stays_until_the_new_one_is_whole(tmp_path: Path):
    output = tmp_path / "out.h5"
    output.write_bytes(OLD)
    with started(output, LAYOUT) as run:
        (run.folder / "block-0000-000000.npz").write_text("damaged")
        with pytest.raises(PopgradError):
            run_finalise(run, LAYOUT)
    assert output.read_bytes() == OLD
    finished(output)
    open_run(output).close()


def test_a_child_that_dies_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with started(tmp_path / "out.h5", LAYOUT) as run:
        monkeypatch.setattr("popgrad.sim.finalise.sys.executable", "/bin/false")
        with pytest.raises(PopgradError, match=r"ended with status 1.*same command tries again"):
            run_finalise(run, LAYOUT)


def large(networks: int) -> Layout:
    return replace(
        LAYOUT,
        networks=networks,
        block_size=1000,
        time=tuple(range(100)),
        time_positions=(tuple(range(100)), tuple(range(0, 100, 3))),
    )


def test_a_full_disk_while_finishing(tmp_path: Path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk")
    layout = large(1000)
    try:
        with started(tmp_path / "out.h5", layout) as run:
            with pytest.raises(
                PopgradError, match=r"out\.h5: the disk is full: .* MB .* are kept.*same command"
            ):
                run_finalise(run, layout)
            assert [other.name for other in tmp_path.iterdir()] == ["out.h5.partial"]
            assert run.done == set(layout.blocks)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


# Not ru_maxrss: a child starts with its parent's.
MEASURED = """
import sys
from pathlib import Path
from popgrad.sim.finalise import finalise
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
finalise(Path(sys.argv[1]))
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_finishing_takes_the_memory_of_a_few_blocks(tmp_path: Path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    layout = large(20_000)
    with started(tmp_path / "out.h5", layout) as run:
        (run.folder / "layout.json").write_text(layout.to_json())
        sizes = [path.stat().st_size for path in run.folder.glob("*.npz")]
        command = [sys.executable, "-c", MEASURED, str(run.output)]
        child = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    grown = 1024 * int(child.stdout)
    assert max(sizes) < grown < 10 * max(sizes)
    assert grown < sum(sizes) / 2
