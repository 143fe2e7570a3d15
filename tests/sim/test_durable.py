import errno
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from popgrad.sim.errors import PopgradError
from popgrad.sim.store import PartialRun
from unfinished_run import HEADER, block


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
            patch.setattr("popgrad.sim.durable.os.write", filling)
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
