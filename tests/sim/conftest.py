from pathlib import Path

import pytest
from finished_run import finished
from popgrad.sim.runfile import open_run


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.h5"


@pytest.fixture
def folder(output: Path) -> Path:
    return output.with_name("out.h5.partial")


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("run") / "out.h5")


@pytest.fixture
def run(path: Path):
    with open_run(path) as run:
        yield run
