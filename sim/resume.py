"""Whether what a folder holds belongs to this run, and which of its blocks are resumed."""

from __future__ import annotations

from pathlib import Path

from .difference import difference
from .errors import PopgradError
from .folder import block_files, drop
from .journal import FORMAT, Account, Entries, Header, read_journal

_MOST_DIFFERENCES = 20


def resumable(folder: Path, header: Header, overwrite: bool) -> Entries:
    """The blocks to resume from; what stands in the way is dropped if it may be, otherwise refused.

    Args:
        folder: of the unfinished run; its lock is held.
        header: what is being run.
        overwrite: whether the blocks of another experiment may be dropped.

    Raises:
        PopgradError: the folder holds blocks of another experiment, or blocks whose journal cannot be read.
    """
    account = read_journal(folder)
    found = account.header
    if found is not None and (found.format, found.fingerprint) == (header.format, header.fingerprint):
        return account.entries
    if _is_precious(folder, account) and not overwrite:
        raise PopgradError(f"{folder}: {_refusal(account, header)}")
    drop(folder)
    return {}


def _is_precious(folder: Path, account: Account) -> bool:
    if account.header is not None and account.header.format == FORMAT:
        return account.listed > 0
    return bool(block_files(folder))


def _refusal(account: Account, header: Header) -> str:
    advice = "Choose another output with -o, or drop these blocks with --overwrite."
    found = account.header
    if found is None:
        return f"holds blocks, but its journal has no readable header. {advice}"
    if found.format != FORMAT:
        return f"written in format {found.format}, not in {FORMAT}. {advice}"
    lines = difference(found.experiment, header.experiment)
    more = len(lines) - _MOST_DIFFERENCES
    shown = [*lines[:_MOST_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])]
    if not shown:
        shown = ["no setting differs: the versions of popgrad or its kernels do"]
    changes = "\n".join(f"  {line}" for line in shown)
    return (
        f"holds {len(account.entries)} finished blocks of another experiment (there / here):\n"
        f"{changes}\n{advice}"
    )
