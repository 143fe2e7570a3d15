"""The finished file as HDF5: written block by block, and read back to the bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import nan
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from .errors import PopgradError
from .layout import Layout
from .pooled import create, pooled
from .store import PartialRun
from .variables import (
    BEHAVIOUR,
    CONDITION,
    LEDGER_BEHAVIOUR,
    NETWORK,
    PARAMETER,
    TIME,
    WATCH,
    Variable,
)

FORMAT = 1
TEXT = h5py.string_dtype("utf-8")
_CHUNK_VALUES = 2**18

# Measured on 79 MB of saturating curves with margins for one behaviour in four: shuffle + gzip 1 halves the
# file and costs 12 s per GB, little beside training; lzf is twice as fast, but few other readers have it.
_STORAGE: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


def write(partial: PartialRun, layout: Layout, path: Path) -> None:
    """Writes the file from the blocks in the partial folder, one at a time.

    Raises:
        DamagedBlock: a block is not what was written.
        OSError, RuntimeError: HDF5 cannot write.
    """
    with h5py.File(path, "w") as file:
        scales = _coordinates(file, layout)
        for name, variable in layout.variables.items():
            _create(file, layout, name, variable, scales)
        if layout.ledger_behaviours:
            create(file, layout, scales, _STORAGE)
        for condition, arrays in layout.worlds.items():
            group = file.create_group(f"worlds/{layout.conditions.index(condition)}")
            for name, array in arrays.items():
                group[name] = array.astype(object) if array.dtype.kind == "U" else array
        file.attrs.update({"Conventions": "CF-1.11", "popgrad_format": FORMAT, **layout.attributes})
        file.attrs["layout"] = json.dumps(_summary(layout))
        for target, index, values in _slabs(partial, layout, file):
            target[index] = values
        file.flush()


def verify(partial: PartialRun, layout: Layout, path: Path) -> None:
    """Compares the file, as it reads back, with the blocks it was written from.

    Raises:
        PopgradError: a bit differs.
    """
    with h5py.File(path, "r") as file:
        for target, index, values in _slabs(partial, layout, file):
            # As bytes: NaN equals NaN, and -0 is not 0.
            if np.asarray(target[index]).tobytes() != np.ascontiguousarray(values).tobytes():
                raise PopgradError(
                    f"{path}: {target.name} does not read back as it was written ({_place(index)}). The disk"
                    " may be at fault."
                    " The finished blocks are kept; the same command tries again."
                )


def dataset(file: h5py.File, name: str) -> h5py.Dataset:
    """A variable of the file."""
    found = file[name]
    if not isinstance(found, h5py.Dataset):
        raise TypeError(f"{name!r} is no dataset")
    return found


def _slabs(
    partial: PartialRun, layout: Layout, file: h5py.File
) -> Iterator[tuple[h5py.Dataset, Any, np.ndarray]]:
    """(dataset, index, values) of every variable of every block, and then of the ledger; one block is in
    memory at a time."""
    for condition, block in layout.blocks:
        arrays = partial.read(condition, block)
        for name in layout.variables:
            values = layout.slab(name, condition, block, arrays)
            yield dataset(file, name), (condition, layout.span(block)), values
    for name, index, values in pooled(partial, layout):
        yield dataset(file, name), index, values


def _place(index: Any) -> str:
    """Where a part of a variable stands, for a reader."""
    networks = index[1] if len(index) == 2 else None
    if isinstance(networks, slice):
        return f"condition {index[0]}, networks {networks.start} to {networks.stop - 1}"
    return f"condition {index[0]}"


def _coordinates(file: h5py.File, layout: Layout) -> dict[str, h5py.Dataset]:
    columns: dict[str, tuple[Any, Any, str, str]] = {
        CONDITION: (layout.conditions, TEXT, "condition", "1"),
        NETWORK: (np.arange(layout.networks), "i8", "network id", "1"),
        TIME: (layout.time, "i8", "updates done", "updates"),
        BEHAVIOUR: (layout.behaviours, TEXT, "behaviour", "1"),
        WATCH: (layout.watches, TEXT, "watch", "1"),
        LEDGER_BEHAVIOUR: (layout.ledger_behaviours, TEXT, "behaviour in the ledger", "1"),
    }
    scales: dict[str, h5py.Dataset] = {}
    for dim, (values, dtype, long_name, units) in columns.items():
        if len(values):
            scales[dim] = file.create_dataset(dim, data=values, dtype=dtype)
            scales[dim].make_scale(dim)
            scales[dim].attrs.update({"long_name": long_name, "units": units})
    if size := layout.sizes[PARAMETER]:
        scales[PARAMETER] = file.create_dataset(PARAMETER, (size,), "f4")
        # The words by which netCDF-4 knows an axis without values.
        scales[PARAMETER].make_scale(f"This is a netCDF dimension but not a netCDF variable. {size:9d}")
    if BEHAVIOUR in scales:
        flags = {name: bool(flag) for name, flag in layout.is_probability.items()}
        scales[BEHAVIOUR].attrs.update(
            {"meanings": json.dumps(layout.meanings), "is_probability": json.dumps(flags)}
        )
    for name, values in layout.sweep.items():
        data, dtype = _column(values)
        column = file.create_dataset(name, data=data, dtype=dtype)
        column.dims[0].attach_scale(scales[CONDITION])
        column.attrs.update({"long_name": f"swept value of {name}", "units": "1"})
    return scales


def _column(values: tuple[Any, ...]) -> tuple[Any, Any]:
    """Swept values as one dtype: integers, numbers (NaN for None), or else text."""
    kinds = {type(value) for value in values}
    if kinds <= {int}:
        return values, "i8"
    if kinds <= {int, float, type(None)}:
        return [nan if value is None else value for value in values], "f8"
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
    chunks = (
        1,
        networks,
        *(1 if dim == BEHAVIOUR else min(layout.sizes[dim], along) for dim in variable.dims[2:]),
    )
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
        "ledger_positions",
        "ledger_shapes",
    )
    return {name: getattr(layout, name) for name in names} | {"sweep": list(layout.sweep)}
