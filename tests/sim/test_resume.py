from pathlib import Path

import pytest
from popgrad.sim.errors import PopgradError
from popgrad.sim.journal import Header
from popgrad.sim.store import OutputExists, PartialRun
from unfinished_run import EXPERIMENT, HEADER, OTHER, write

RESULTS = b"\x89HDF\r\n\x1a\n results"
"""What begins as HDF5 does."""


def test_a_finished_output_is_kept_unless_told(output: Path, folder: Path):
    output.write_bytes(RESULTS)
    with pytest.raises(OutputExists, match=r"--overwrite.*-o"):
        PartialRun.open(output, HEADER)
    assert not folder.exists()
    write(output, (0, 0), overwrite=True)
    assert output.read_bytes() == RESULTS, "it stays until the new one takes its place"


def test_overwrite_beside_a_finished_output_drops_the_blocks_of_another_experiment(
    output: Path, folder: Path
):
    write(output, (0, 0), (0, 1))
    output.write_bytes(RESULTS)
    with pytest.raises(OutputExists):
        PartialRun.open(output, OTHER)
    assert PartialRun.peek(output).done == {(0, 0), (0, 1)}, "a refusal drops nothing"
    with PartialRun.open(output, OTHER, overwrite=True) as run:
        assert run.done == set()
        assert not list(folder.glob("block-*.npz"))
        assert PartialRun.peek(output).header == OTHER
    assert not folder.exists()
    assert output.read_bytes() == RESULTS, "it stays until the new one takes its place"


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


def test_what_is_no_run_is_never_replaced(tmp_path: Path):
    output = tmp_path / "experiment.toml"
    output.write_text("title = 'mine'")
    with pytest.raises(PopgradError, match="is no run of popgrad"):
        PartialRun.open(output, HEADER, overwrite=True)
    assert output.read_text() == "title = 'mine'"
