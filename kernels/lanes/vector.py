"""The lane type: sixteen numbers in one SIMD register, each of them another network's.

A vector as a first-class Numba type keeps accumulators in registers and needs no alias checks, which plain
loops over a lane axis do not achieve (16 against 90 GFLOP/s). LLVM splits the sixteen lanes over whatever
registers the processor has, so the bits do not depend on its SIMD width.

There are three types: `floats` (float32), `words` (unsigned 32-bit) and `mask` (one bit). They understand
the arithmetic, bit and comparison operators that make sense for them; what has no operator is a function
here. Multiply and add are fused only where the code says `fma`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import lower_builtin, models, register_model

intrinsic: Any = numba_intrinsic  # calls have one argument less than the definition: untyped

LANES = 16
"""Networks in a tile."""


class Vector(types.Type):
    """A register of `LANES` elements."""

    def __init__(self, name: str, element: ir.Type):
        self.ir = ir.VectorType(element, LANES)
        super().__init__(name=f"{name}x{LANES}")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Vector):
        super().__init__(manager, kind, kind.ir)


floats = Vector("float32", ir.FloatType())
words = Vector("uint32", ir.IntType(32))
mask = Vector("bool", ir.IntType(1))

OF_SCALAR = {types.float32: floats, types.uint32: words, types.int32: words}
"""The vector that is loaded from an array of each dtype."""


def constant(kind: Vector, value: Any) -> ir.Constant:
    """One value in every lane, as LLVM's constant."""
    return ir.Constant(kind.ir, [value] * LANES)


def splat_of(builder: Any, kind: Vector, value: Any) -> Any:
    """An LLVM value in every lane."""
    undefined = ir.Constant(kind.ir, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.IntType(32)(0))
    return builder.shuffle_vector(
        first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    )


def called(builder: Any, name: str, result: ir.Type, arguments: list[Any]) -> Any:
    """A call of one of LLVM's own functions."""
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)


def _elementwise(result: Vector, arguments: tuple[Vector, ...], build: Callable[..., Any]) -> Any:
    """An intrinsic on vectors of just these types, from what it does with their LLVM values."""

    def typing(*_: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return build(builder, *values)

        return result(*arguments), generate

    # Numba reads the number of arguments off the signature, so each number needs a function of its own.
    def one(context: Any, x: Any) -> Any:
        return typing(context, x)

    def two(context: Any, x: Any, y: Any) -> Any:
        return typing(context, x, y)

    def three(context: Any, x: Any, y: Any, z: Any) -> Any:
        return typing(context, x, y, z)

    return intrinsic((one, two, three)[len(arguments) - 1])


def _operator(symbol: Any, result: Vector | None, table: dict[Vector, Callable[..., Any]]) -> None:
    """Give vectors an operator: `table` says what to build for each type, `result` what else it yields.

    Typed by a table of signatures and lowered in place: an overload would be resolved and compiled like a
    function for every operator in every kernel, which trebled the time to compile.
    """

    class Signatures(ConcreteTemplate):
        cases: ClassVar = [signature(result or kind, kind, kind) for kind in table]

    register: Any = infer_global(symbol)
    register(Signatures)
    for kind, build in table.items():
        _lower(symbol, kind, build)


def _lower(symbol: Any, kind: Vector, build: Callable[..., Any]) -> None:
    @lower_builtin(symbol, kind, kind)
    def lowered(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return build(builder, *values)


def _method(name: str) -> Callable[..., Any]:
    return lambda builder, x, y: getattr(builder, name)(x, y)


def _compare(sign: str) -> dict[Vector, Callable[..., Any]]:
    return {
        floats: lambda builder, x, y: builder.fcmp_ordered(sign, x, y),
        words: lambda builder, x, y: builder.icmp_unsigned(sign, x, y),
    }


_operator(operator.add, None, {floats: _method("fadd"), words: _method("add")})
_operator(operator.sub, None, {floats: _method("fsub"), words: _method("sub")})
_operator(operator.mul, None, {floats: _method("fmul"), words: _method("mul")})
_operator(operator.truediv, None, {floats: _method("fdiv")})
_operator(operator.and_, None, {words: _method("and_"), mask: _method("and_")})
_operator(operator.or_, None, {words: _method("or_"), mask: _method("or_")})
_operator(operator.xor, None, {words: _method("xor"), mask: _method("xor")})
_operator(operator.lshift, None, {words: _method("shl")})
_operator(operator.rshift, None, {words: _method("lshr")})
_operator(operator.lt, mask, _compare("<"))
_operator(operator.le, mask, _compare("<="))
_operator(operator.gt, mask, _compare(">"))
_operator(operator.ge, mask, _compare(">="))
_operator(operator.eq, mask, _compare("=="))

fma = _elementwise(
    floats,
    (floats, floats, floats),
    lambda b, x, y, z: called(b, f"llvm.fma.v{LANES}f32", floats.ir, [x, y, z]),
)
"""x·y + z, rounded once."""

sqrt = _elementwise(floats, (floats,), lambda b, x: called(b, f"llvm.sqrt.v{LANES}f32", floats.ir, [x]))
floor = _elementwise(floats, (floats,), lambda b, x: called(b, f"llvm.floor.v{LANES}f32", floats.ir, [x]))
rounded = _elementwise(floats, (floats,), lambda b, x: called(b, f"llvm.rint.v{LANES}f32", floats.ir, [x]))
"""The nearest whole number, the even one of two."""

word_of = _elementwise(words, (floats,), lambda b, x: b.fptoui(x, words.ir))
"""The whole part of floats from 0 to 2³² − 1."""

float_of = _elementwise(floats, (words,), lambda b, x: b.uitofp(x, floats.ir))
bits_of = _elementwise(words, (floats,), lambda b, x: b.bitcast(x, words.ir))
from_bits = _elementwise(floats, (words,), lambda b, x: b.bitcast(x, floats.ir))

least = _elementwise(floats, (floats, floats), lambda b, x, y: b.select(b.fcmp_ordered("<", x, y), x, y))
"""The smaller of two; the second where the first is not a number."""

greatest = _elementwise(floats, (floats, floats), lambda b, x, y: b.select(b.fcmp_ordered(">", x, y), x, y))
"""The greater of two; the second where the first is not a number."""

negated = _elementwise(mask, (mask,), lambda b, m: b.xor(m, constant(mask, 1)))
count = _elementwise(words, (mask,), lambda b, m: b.zext(m, words.ir))
"""1 where the mask is set, 0 elsewhere."""


@intrinsic
def select(context: Any, condition: Any, x: Any, y: Any) -> Any:
    """x where the mask is set, y elsewhere."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(*values)

    return x(mask, x, x), generate


@intrinsic
def splat(context: Any, x: Any) -> Any:
    """A float32, or the low 32 bits of an integer, in every lane."""
    kind, scalar = (floats, types.float32) if x is types.float32 else (words, types.uint32)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return splat_of(builder, kind, values[0])

    return kind(scalar), generate


@intrinsic
def any_lane(context: Any, m: Any) -> Any:
    """Whether the mask is set in any lane."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        packed = builder.bitcast(values[0], ir.IntType(LANES))
        return builder.icmp_unsigned("!=", packed, ir.IntType(LANES)(0))

    return types.boolean(mask), generate


@intrinsic
def lane_numbers(context: Any) -> Any:
    """0, 1, ..., 15."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return ir.Constant(words.ir, list(range(LANES)))

    return words(), generate
