"""Vectors in memory: loads and stores, look-ups by lane, and the tables that differ by network or do not."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from .vector import LANES, OF_SCALAR, called, constant, floats, intrinsic, mask, splat_of, words


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(data, [at])


@intrinsic
def load(context: Any, array: Any, at: Any) -> Any:
    """The vector at element `at` of a flat array."""
    kind = OF_SCALAR[array.dtype]

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *values)
        return builder.load(builder.bitcast(pointer, kind.ir.as_pointer()), align=4)

    return kind(array, types.intp), generate


@intrinsic
def store(context: Any, array: Any, at: Any, vector: Any) -> Any:
    """Write a vector to element `at` of a flat array."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], values[0], values[1])
        builder.store(values[2], builder.bitcast(pointer, vector.ir.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, OF_SCALAR[array.dtype]), generate


class _Addresses(ir.Instruction):
    """&base[index] for a vector of indices; llvmlite's own getelementptr yields one pointer only."""

    def __init__(self, block: Any, base: Any, index: Any, element: ir.Type, name: str):
        super().__init__(block, ir.VectorType(base.type, LANES), "getelementptr", [base, index], name)
        self.element = element

    def descr(self, buf: list[str]) -> None:
        operands = (f"{operand.type} {operand.get_reference()}" for operand in self.operands)
        buf.append(f"getelementptr {self.element}, {', '.join(operands)}\n")


def _addresses(builder: Any, base: Any, index: Any, element: ir.Type) -> Any:
    instruction = _Addresses(builder.block, base, index, element, "at")
    builder._insert(instruction)
    return instruction


@intrinsic
def gather(context: Any, array: Any, index: Any) -> Any:
    """The array's element number `index`, counted in memory order, a number of its own in every lane.

    The number is a signed 32-bit one to the processor: below 2³¹.
    """
    kind = OF_SCALAR[array.dtype]

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        at = _addresses(builder, data, values[1], kind.ir.element)
        every = constant(mask, 1)
        suffix = "f32" if kind is floats else "i32"
        name = f"llvm.masked.gather.v{LANES}{suffix}.v{LANES}p0"
        return called(
            builder, name, kind.ir, [at, ir.IntType(32)(4), every, ir.Constant(kind.ir, ir.Undefined)]
        )

    return kind(array, words), generate


@intrinsic
def scatter(context: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write to the array's element number `index` in every lane; no two lanes may share one."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        at = _addresses(builder, data, values[1], vector.ir.element)
        suffix = "f32" if vector is floats else "i32"
        name = f"llvm.masked.scatter.v{LANES}{suffix}.v{LANES}p0"
        called(builder, name, ir.VoidType(), [values[2], at, ir.IntType(32)(4), constant(mask, 1)])
        return context.get_dummy_value()

    return types.void(array, words, vector), generate


@intrinsic
def fetch(context: Any, rows: Any, at: Any, row: Any, column: Any, columns: Any) -> Any:
    """Column `column` of row `row`, as a vector.

    A table shared by the population is a 2-D array (rows, columns): its number goes to every lane. A table
    that differs by network is a flat array, laid out (row, column, lane) from element `at`.
    """
    shared = rows.ndim == 2

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, at, row, column, columns = values
        cell = builder.add(builder.mul(row, columns), column)
        if shared:
            return splat_of(
                builder, floats, builder.load(_pointer(context, builder, signature.args[0], array, cell))
            )
        lanes = builder.add(at, builder.mul(cell, ir.Constant(cell.type, LANES)))
        pointer = _pointer(context, builder, signature.args[0], array, lanes)
        return builder.load(builder.bitcast(pointer, floats.ir.as_pointer()), align=4)

    return floats(rows, types.intp, types.intp, types.intp, types.intp), generate


def empty_lanes(elements: int, dtype: Any = np.float32) -> np.ndarray:
    """A flat array of `elements` vectors, aligned so that none straddles two cache lines."""
    size = elements * LANES
    raw = np.empty(size + LANES, dtype)
    offset = (-raw.ctypes.data // raw.itemsize) % LANES
    return raw[offset : offset + size]
