"""How the blocks of a finished run become one file: written, read back and compared, then renamed.

HDF5 calls no fsync, and a full disk can make it crash as the process exits. So it works in a child process
and under a temporary name, which becomes the output's only when every bit has been found again in it.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np

from .errors import PopgradError
from .store import LAYOUT, DamagedBlock, PartialRun, full_disk, is_full, sync_directory, write_durably

FORMAT = 1
TEXT = h5py.string_dtype("utf-8")
_ACTIONABLE = 3  # the child's exit status when its standard output is a message for the user
_CHUNK_VALUES = 2**18
_C, _N, _T, _B, _W, _P = "condition", "network", "time", "behaviour", "watch", "parameter"

# Measured on 79 MB of saturating curves with margins for one behaviour in four: shuffle + gzip 1 halves the
# file and costs 12 s per GB, little beside training; lzf is twice as fast, but few other readers have it.
_STORAGE: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


@dataclass(frozen=True)
class Variable:
    """One variable of the file: its dimensions, dtype, what stands where a condition has nothing."""

    dims: tuple[str, ...]
    dtype: str
    fill: float
    long_name: str
    units: str


_NAN = float("nan")
VARIABLES = {
    "rate": Variable((_C, _N, _T, _B), "f4", _NAN, "probability, or expected count per episode", "1"),
    "margin": Variable((_C, _N, _T, _B), "f4", _NAN, "log-odds of the behaviour in its one state", "1"),
    "loss": Variable((_C, _N, _T), "f4", _NAN, "training objective", "1"),
    "observed_return": Variable((_C, _N, _T), "f4", _NAN, "expected return on the observed reward", "reward"),
    "intended_return": Variable((_C, _N, _T), "f4", _NAN, "expected return on the intended reward", "reward"),
    "gradient_norm": Variable((_C, _N, _T), "f4", _NAN, "norm of the gradient of the next update", "1"),
    "crossed_at": Variable((_C, _N, _W), "i8", -1, "updates done at the first crossing, -1 never", "updates"),
    "explored_at": Variable(
        (_C, _N, _B),
        "i8",
        -1,
        "first update that sampled it, from 1; -1 never, -2 nothing is sampled",
        "updates",
    ),
    "visits": Variable((_C, _N, _B), "i8", -1, "times sampled in training, -2 nothing is sampled", "1"),
    "diverged_at": Variable(
        (_C, _N), "i8", -1, "updates done when weights left the finite, -1 never", "updates"
    ),
    "weights": Variable((_C, _N, _P), "f8", _NAN, "final weights", "1"),
}
_OPTIONAL = {"weights", "crossed_at"}


@dataclass(frozen=True)
class Layout:
    """What the finished file holds besides the blocks. Build it before the run: it checks itself.

    Args:
        conditions: C names.
        networks: N; their ids are 0 to N - 1.
        block_size: networks per block; block k begins with network k * block_size.
        time: (T,) int, union of the conditions' times, increasing.
        behaviours: (B,) names, union.
        meanings: behaviour -> sentence.
        is_probability: behaviour -> whether its rate is one (else an expected count).
        watches: (W,) names, union; may be empty.
        parameters: (C,) number of weights of one network.
        time_positions, behaviour_positions, watch_positions: (C,) for each condition, where its own times,
            behaviours and watches, in the order of its blocks' arrays, stand in the unions.
        attributes: of the file; at least `title`, `spec` (TOML), `provenance` (JSON), `seed` (int, or JSON).
        sweep: name -> (C,) values, numbers or strings: further coordinates of condition.
        hyperparameters: names of the (n,) float64 arrays of blocks that hold one value per network.
        worlds: condition -> name -> array, a user's own world.
        store_weights: whether blocks hold `weights`.
    """

    conditions: tuple[str, ...]
    networks: int
    block_size: int
    time: tuple[int, ...]
    behaviours: tuple[str, ...]
    meanings: dict[str, str]
    is_probability: dict[str, bool]
    watches: tuple[str, ...]
    parameters: tuple[int, ...]
    time_positions: tuple[tuple[int, ...], ...]
    behaviour_positions: tuple[tuple[int, ...], ...]
    watch_positions: tuple[tuple[int, ...], ...]
    attributes: dict[str, str | int | float]
    sweep: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    hyperparameters: tuple[str, ...] = ()
    worlds: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    store_weights: bool = False

    def __post_init__(self) -> None:
        missing = {"title", "spec", "provenance", "seed"} - self.attributes.keys()
        if missing:
            raise ValueError(f"attributes lack {sorted(missing)}")
        names = [*VARIABLES, _C, _N, _T, _B, _W, _P, "worlds", *self.sweep, *self.hyperparameters]
        wrong = {name for name in names if names.count(name) > 1 or "/" in name or " " in name}
        if wrong:
            raise ValueError(f"names that stand twice, or hold a slash or a space: {sorted(wrong)}")
        rows = {
            "parameters": self.parameters,
            **{f"sweep {name}": values for name, values in self.sweep.items()},
        }
        rows |= {dim: self._positions(dim) for dim in (_T, _B, _W)}
        short = [name for name, row in rows.items() if len(row) != len(self.conditions)]
        if short:
            raise ValueError(f"not one entry per condition: {short}")
        for dim in (_T, _B, _W):
            size = self.sizes[dim]
            if any(not 0 <= i < size for row in self._positions(dim) for i in row):
                raise ValueError(f"positions of {dim} outside its union of {size}")

    @property
    def sizes(self) -> dict[str, int]:
        """The length of each dimension; `parameter` is as long as the longest condition's."""
        parameters = max(self.parameters) if self.store_weights else 0
        lengths = (
            len(self.conditions),
            self.networks,
            len(self.time),
            len(self.behaviours),
            len(self.watches),
        )
        return dict(zip((_C, _N, _T, _B, _W, _P), (*lengths, parameters), strict=True))

    @property
    def variables(self) -> dict[str, Variable]:
        """The data variables of this file: those of the table that are not empty, and the hyperparameters."""
        sizes = self.sizes
        table = {name: v for name, v in VARIABLES.items() if all(sizes[dim] for dim in v.dims)}
        drawn = {
            name: Variable((_C, _N), "f8", _NAN, f"{name}, drawn per network", "1")
            for name in self.hyperparameters
        }
        return table | drawn

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """(condition index, block index) of every block."""
        return [
            (c, k) for c in range(len(self.conditions)) for k in range(-(-self.networks // self.block_size))
        ]

    def span(self, block: int) -> slice:
        """The network ids of a block."""
        return slice(block * self.block_size, min(self.networks, (block + 1) * self.block_size))

    def _positions(self, dim: str) -> tuple[tuple[int, ...], ...]:
        return {_T: self.time_positions, _B: self.behaviour_positions, _W: self.watch_positions}[dim]

    def own(self, dim: str, condition: int) -> tuple[int, ...]:
        """Where a condition's own entries stand along a dimension of the file."""
        if dim == _P:
            return tuple(range(self.parameters[condition]))
        return self._positions(dim)[condition]

    def slab(self, name: str, condition: int, block: int, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """A block's array as it stands in the file: (n, ...) along the unions, filled where there is none."""
        variable = self.variables[name]
        span = self.span(block)
        shape = (span.stop - span.start, *(self.sizes[dim] for dim in variable.dims[2:]))
        own = [self.own(dim, condition) for dim in variable.dims[2:]]
        array = arrays.get(name)
        if array is None:
            if name in VARIABLES and name not in _OPTIONAL:
                raise ValueError(f"block {block} of condition {condition} lacks {name!r}")
            return np.full(shape, variable.fill, variable.dtype)
        expected = (shape[0], *map(len, own))
        if array.shape != expected or array.dtype != np.dtype(variable.dtype):
            raise ValueError(
                f"{name!r} in block {block} of condition {condition}: got {array.dtype} {array.shape},"
                f" expected {np.dtype(variable.dtype)} {expected}"
            )
        if all(positions == tuple(range(size)) for positions, size in zip(own, shape[1:], strict=True)):
            return array
        full = np.full(shape, variable.fill, variable.dtype)
        full[np.ix_(range(shape[0]), *own)] = array
        return full

    def to_json(self) -> str:
        """Text from which `from_json` makes the same layout, arrays to the bit."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["worlds"] = {
            condition: {name: _array_to_json(array) for name, array in world.items()}
            for condition, world in self.worlds.items()
        }
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The layout that `to_json` wrote."""
        fields = {name: _tuples(value) for name, value in json.loads(text).items()}
        fields["worlds"] = {
            condition: {name: _array_from_json(**array) for name, array in world.items()}
            for condition, world in fields["worlds"].items()
        }
        return cls(**fields)


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
    temporary = output.with_name(f".{output.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        _write(partial, layout, temporary)
        handle = os.open(temporary, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        _verify(partial, layout, temporary)
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
    return sum(path.stat().st_size for path in folder.glob("block-*.npz"))


def _sweep(output: Path) -> None:
    """Deletes what a killed child left; the lock on the folder says that none is at work."""
    for path in output.parent.iterdir():
        if path.name.startswith(f".{output.name}.") and path.suffix == ".tmp":
            path.unlink(missing_ok=True)


def _slabs(
    partial: PartialRun, layout: Layout, file: h5py.File
) -> Iterator[tuple[h5py.Dataset, Any, np.ndarray]]:
    """(dataset, index, values) of every variable of every block; one block is in memory at a time."""
    for condition, block in layout.blocks:
        arrays = partial.read(condition, block)
        for name in layout.variables:
            values = layout.slab(name, condition, block, arrays)
            yield dataset(file, name), (condition, layout.span(block)), values


def _write(partial: PartialRun, layout: Layout, path: Path) -> None:
    with h5py.File(path, "w") as file:
        scales = _coordinates(file, layout)
        for name, variable in layout.variables.items():
            _create(file, layout, name, variable, scales)
        for condition, arrays in layout.worlds.items():
            group = file.create_group(f"worlds/{layout.conditions.index(condition)}")
            for name, array in arrays.items():
                group[name] = array.astype(object) if array.dtype.kind == "U" else array
        file.attrs.update({"Conventions": "CF-1.11", "popgrad_format": FORMAT, **layout.attributes})
        file.attrs["layout"] = json.dumps(_summary(layout))
        for target, index, values in _slabs(partial, layout, file):
            target[index] = values
        file.flush()


def _verify(partial: PartialRun, layout: Layout, path: Path) -> None:
    with h5py.File(path, "r") as file:
        for target, index, values in _slabs(partial, layout, file):
            # As bytes: NaN equals NaN, and -0 is not 0.
            if np.asarray(target[index]).tobytes() != np.ascontiguousarray(values).tobytes():
                raise PopgradError(
                    f"{path}: {target.name} does not read back as it was written (condition {index[0]},"
                    f" networks {index[1].start} to {index[1].stop - 1}). The disk may be at fault."
                    " The finished blocks are kept; the same command tries again."
                )


def _coordinates(file: h5py.File, layout: Layout) -> dict[str, h5py.Dataset]:
    columns: dict[str, tuple[Any, Any, str, str]] = {
        _C: (layout.conditions, TEXT, "condition", "1"),
        _N: (np.arange(layout.networks), "i8", "network id", "1"),
        _T: (layout.time, "i8", "updates done", "updates"),
        _B: (layout.behaviours, TEXT, "behaviour", "1"),
        _W: (layout.watches, TEXT, "watch", "1"),
    }
    scales: dict[str, h5py.Dataset] = {}
    for dim, (values, dtype, long_name, units) in columns.items():
        if len(values):
            scales[dim] = file.create_dataset(dim, data=values, dtype=dtype)
            scales[dim].make_scale(dim)
            scales[dim].attrs.update({"long_name": long_name, "units": units})
    if size := layout.sizes[_P]:
        scales[_P] = file.create_dataset(_P, (size,), "f4")
        # The words by which netCDF-4 knows an axis without values.
        scales[_P].make_scale(f"This is a netCDF dimension but not a netCDF variable. {size:9d}")
    if _B in scales:
        flags = {name: bool(flag) for name, flag in layout.is_probability.items()}
        scales[_B].attrs.update(
            {"meanings": json.dumps(layout.meanings), "is_probability": json.dumps(flags)}
        )
    for name, values in layout.sweep.items():
        data, dtype = _column(values)
        column = file.create_dataset(name, data=data, dtype=dtype)
        column.dims[0].attach_scale(scales[_C])
        column.attrs.update({"long_name": f"swept value of {name}", "units": "1"})
    return scales


def _column(values: tuple[Any, ...]) -> tuple[Any, Any]:
    """Swept values as one dtype: integers, numbers (NaN for None), or else text."""
    kinds = {type(value) for value in values}
    if kinds <= {int}:
        return values, "i8"
    if kinds <= {int, float, type(None)}:
        return [_NAN if value is None else value for value in values], "f8"
    return [
        value if isinstance(value, str) else "" if value is None else json.dumps(value) for value in values
    ], TEXT


def _create(
    file: h5py.File, layout: Layout, name: str, variable: Variable, scales: dict[str, h5py.Dataset]
) -> None:
    shape = tuple(layout.sizes[dim] for dim in variable.dims)
    # A chunk is one block of one condition and one behaviour; a long run's times go into several.
    networks = min(layout.block_size, layout.networks)
    along = max(1, _CHUNK_VALUES // networks)
    chunks = (1, networks, *(1 if dim == _B else min(layout.sizes[dim], along) for dim in variable.dims[2:]))
    data = file.create_dataset(
        name, shape, variable.dtype, chunks=chunks, fillvalue=variable.fill, **_STORAGE
    )
    for axis, dim in enumerate(variable.dims):
        data.dims[axis].attach_scale(scales[dim])
    data.attrs.update({"long_name": variable.long_name, "units": variable.units})
    if layout.sweep:
        data.attrs["coordinates"] = " ".join(layout.sweep)


def _summary(layout: Layout) -> dict[str, Any]:
    """What the reader needs beside the variables."""
    names = (
        "block_size",
        "parameters",
        "time_positions",
        "behaviour_positions",
        "watch_positions",
        "hyperparameters",
    )
    return {name: getattr(layout, name) for name in names} | {"sweep": list(layout.sweep)}


def dataset(file: h5py.File, name: str) -> h5py.Dataset:
    """A variable of the file."""
    found = file[name]
    if not isinstance(found, h5py.Dataset):
        raise TypeError(f"{name!r} is no dataset")
    return found


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return {key: _tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


def _array_to_json(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"data": data, "dtype": array.dtype.str, "shape": array.shape}


def _array_from_json(data: str, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(data), dtype).reshape(shape)


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
