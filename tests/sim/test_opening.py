from pathlib import Path

import h5py
import pytest
from finished_run import LAYOUT, started
from popgrad.sim.errors import PopgradError
from popgrad.sim.runfile import open_run


def test_advice_for_what_is_no_run(tmp_path: Path, path: Path):
    with pytest.raises(PopgradError, match="no such file"):
        open_run(tmp_path / "none" / "out.h5")
    (tmp_path / "coin.h5").write_bytes(path.read_bytes())
    with pytest.raises(PopgradError, match=r"Did you mean .*coin\.h5"):
        open_run(tmp_path / "coins.h5")
    (tmp_path / "text.h5").write_text("not HDF5")
    with pytest.raises(PopgradError, match="cannot be read as HDF5"):
        open_run(tmp_path / "text.h5")
    (tmp_path / "torn.h5").write_bytes(path.read_bytes()[:-100])
    with pytest.raises(PopgradError, match="cannot be read as HDF5"):
        open_run(tmp_path / "torn.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(PopgradError, match="no run of popgrad"):
        open_run(tmp_path / "other.h5")
    with pytest.raises(PopgradError, match="is a folder"):
        open_run(tmp_path)
    with started(tmp_path / "part.h5", LAYOUT):
        for given in ("part.h5", "part.h5.partial"):
            with pytest.raises(PopgradError, match=r"unfinished \(6 blocks are done\)"):
                open_run(tmp_path / given)
