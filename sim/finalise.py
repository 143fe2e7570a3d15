"""How the blocks of a finished run become one file: written, read back and compared, then renamed.

HDF5 calls no fsync, and a full disk can make it crash as the process exits. So it works in a child process
and under a temporary name, which becomes the output's only when every bit has been found again in it.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from . import hdf5
from .durable import full_disk, is_full, sync_directory, sync_file, temporary_beside, write_durably
from .errors import PopgradError
from .folder import LAYOUT, block_files
from .layout import Layout
from .store import DamagedBlock, PartialRun

_ACTIONABLE = 3  # the child's exit status when its standard output is a message for the user


def run_finalise(partial: PartialRun, layout: Layout) -> None:
    """Makes the finished file from a run whose blocks are all there, in a child process.

    The partial folder stays; `PartialRun.remove` drops it.

    Raises:
        PopgradError: blocks are missing or damaged, the disk is full, or what was written did not read back
            to the bit. The output is then what it was before.
    """
    output, folder = partial.output.absolute(), partial.folder.absolute()
    _sweep(output)
    payload = layout.to_json().encode()
    try:
        write_durably(folder / LAYOUT, payload)
    except OSError as error:
        raise _failed(output, error, len(payload)) from error
    # The package may be importable only by what the parent did to sys.path; -P keeps the child from adding.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    command = [sys.executable, "-P", "-m", __name__, str(output)]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if child.returncode == 0:
        return
    _sweep(output)
    if child.returncode == _ACTIONABLE:
        raise PopgradError(child.stdout.strip())
    if _says_full(child.stderr):  # HDF5 may crash before the child can say so
        raise _failed(output, RuntimeError(child.stderr), _total(folder))
    last = "\n".join(child.stderr.splitlines()[-20:])
    raise PopgradError(
        f"{output}: the process that writes it ended with status {child.returncode}. The finished blocks are"
        f" kept; the same command tries again.\n{last}"
    )


def finalise(output: Path) -> None:
    """Writes `output` from the blocks in its partial folder, one at a time, and renames it when verified.

    Raises:
        PopgradError: as `run_finalise`.
    """
    partial = PartialRun.peek(output)
    layout = Layout.from_json((partial.folder / LAYOUT).read_text())
    missing = len(set(layout.blocks) - partial.done)
    if missing:
        raise PopgradError(f"{partial.folder}: {missing} of {len(layout.blocks)} blocks are missing")
    temporary = temporary_beside(output)
    try:
        hdf5.write(partial, layout, temporary)
        sync_file(temporary)
        hdf5.verify(partial, layout, temporary)
        os.replace(temporary, output)
        sync_directory(output.parent)
    except DamagedBlock as error:
        error.path.unlink(missing_ok=True)
        raise
    except (OSError, RuntimeError) as error:  # HDF5 raises either
        raise _failed(output, error, _total(partial.folder)) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _failed(output: Path, error: Exception, size: int) -> PopgradError:
    kept = "The finished blocks are kept, and the same command goes on from there once this is put right."
    if (isinstance(error, OSError) and is_full(error)) or _says_full(str(error)):
        return PopgradError(f"{output}: {full_disk(output.parent, size)} {kept}")
    return PopgradError(f"{output}: cannot be written ({error}). {kept}")


def _says_full(text: str) -> bool:
    """Whether a message of HDF5 tells of a full disk; not each of its exceptions has the number."""
    return any(f"errno = {number}," in text for number in (errno.ENOSPC, errno.EDQUOT))


def _total(folder: Path) -> int:
    return sum(path.stat().st_size for path in block_files(folder))


def _sweep(output: Path) -> None:
    """Deletes what a killed child left; the lock on the folder says that none is at work."""
    ours = re.compile(rf"\.{re.escape(output.name)}\.[0-9a-f]{{12}}\.tmp")
    for path in output.parent.iterdir():
        if ours.fullmatch(path.name):
            path.unlink(missing_ok=True)


def main() -> None:
    """The child process, given the output's path. A message for the user goes to standard output."""
    try:
        finalise(Path(sys.argv[1]))
    except PopgradError as error:
        print(error, flush=True)
        # Not by way of HDF5's own exit, which can crash on what a full disk left open.
        os._exit(_ACTIONABLE)


if __name__ == "__main__":
    main()
