"""The rows of ``customers.everybody``, made in memory where they fit there: half the time that the engine takes.

For customers that are whole numbers, with one row per order and no margins. Then nothing is left but to sort numbers:
each row goes to one of many shares by the last bits of its customer, and a share is small enough for the processor's
own memory while it is sorted by customer and day, and added up where these change. ``customers`` says what is added
up; here is only another way to the same rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from crmworkbook.transactions.engine import BATCH, batches

if TYPE_CHECKING:
    from ibis.expr.types import Table
    from numpy.typing import NDArray

    Numbers = NDArray[np.integer]

SHARE = 1 << 17  # rows
BYTES = 32  # of memory for a row: at most 20 are held, and a few shares are at work
KINDS: tuple[type[np.integer], ...] = (np.uint16, np.int32, np.int64)  # 16 bits are sorted in two passes
DIGITS = 18  # of an amount, that fit in 64 bits
SHORT = (1 << 16) - 1  # days before the last one, of which the number fits in 16 bits
MOST = 0.9 * 10**DIGITS  # hundredths of a cent, of all orders and returns together: then no sum has more digits

_SUM = pa.decimal128(DIGITS, 4)
_SCHEMA = pa.schema(
    {
        "customer": pa.int64(),
        "first_order": pa.date32(),
        "last_order": pa.date32(),
        "order_days": pa.int32(),
        "orders": pa.int32(),
        "net": _SUM,
        "days": pa.int32(),
        "first_net": _SUM,
    }
)


class Dealt(NamedTuple):
    """Rows in shares: batch after batch, and in each batch share after share.

    Attributes:
        columns: Customers without their last bits, which are the number of the share; days since *start*; amounts in
            hundredths of a cent.
        bounds: Of each batch, where its shares begin, and where the last ends.
        start: Day from which days are counted, in days since 1970.
        bits: How many bits of a customer are the number of the share.
    """

    columns: list[Numbers]
    bounds: list[NDArray[np.intp]]
    start: int
    bits: int


def fits(rows: Table, count: int, memory: int) -> bool:
    """Whether this can be done in memory.

    Args:
        rows: One per order, as for ``customers.everybody``.
        count: How many there are, or more.
        memory: Bytes that may be used.
    """
    customer, amount = rows.customer.type(), rows.amount.type()
    numbers = customer.is_integer() and not customer.is_uint64() and amount.is_decimal() and amount.precision <= DIGITS
    return bool(numbers) and not {"cost", "margin"} & set(rows.columns) and count * BYTES <= memory


def added_up(rows: Table, count: int, as_of: date) -> pa.RecordBatchReader | None:
    """The rows of ``customers.everybody``, in no order, in as few bits as will do; None where amounts are too large.

    Args:
        rows: One per order, which :func:`fits`.
        count: How many there are, or more.
        as_of: Last day that counts.
    """
    dealt = _dealt(rows, count, as_of)
    return dealt and pa.RecordBatchReader.from_batches(_SCHEMA, _batches(dealt))


def _dealt(rows: Table, count: int, as_of: date) -> Dealt | None:
    bits, start = max(count // SHARE, 1).bit_length() - 1, (as_of - date(1970, 1, 1)).days - SHORT
    columns: list[Numbers] = [np.empty(count, KINDS[0]) for _ in range(3)]  # room is taken only where it is filled
    bounds, worth = [np.zeros(1, np.intp)], 0.0
    needed = rows.select("day", "amount", customer=rows.customer.cast("int64"))
    for batch in batches(needed, BATCH):
        customer, amount = batch.column("customer").to_numpy(), _hundredths(batch.column("amount"))
        worth += np.abs(amount).sum(dtype=np.float64)
        if worth > MOST:
            return None
        share = (customer & ((1 << bits) - 1)).astype(np.uint16)
        order, begin = np.argsort(share, kind="stable"), bounds[-1][-1]
        bounds.append(begin + np.cumsum([0, *np.bincount(share, minlength=1 << bits)]))
        day = batch.column("day").cast(pa.int32()).to_numpy() - start
        for at, values in enumerate((customer >> bits, day, amount)):
            columns[at] = _wide_enough(columns[at], begin, values)
            columns[at][begin : begin + len(values)] = values[order]
    return Dealt(columns, bounds[1:], start, bits)


def _wide_enough(column: Numbers, filled: int, values: Numbers) -> Numbers:
    """The column, of which so much is filled, in more bits where *values* would not fit."""
    low, high = values.min(initial=0), values.max(initial=0)
    kind = next(kind for kind in KINDS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    if np.can_cast(kind, column.dtype):
        return column
    wider: Numbers = np.empty(len(column), kind)
    wider[:filled] = column[:filled]
    return wider


def _batches(dealt: Dealt) -> Iterator[pa.RecordBatch]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # sorting frees the interpreter
        yield from pool.map(_added_up, repeat(dealt), range(1 << dealt.bits))


def _added_up(dealt: Dealt, share: int) -> pa.RecordBatch:
    """The customers of one share."""
    pieces = [slice(*bounds[share : share + 2]) for bounds in dealt.bounds]
    rows = [np.concatenate([column[:0], *(column[piece] for piece in pieces)]) for column in dealt.columns]
    customer, day, amount = rows
    if not len(customer):
        return _batch(*np.empty((8, 0), np.int64))
    order = np.lexsort((day, customer))
    customer, day, amount = customer[order], day[order], amount[order]

    starts = _changes(customer, day)
    customer, day = customer[starts], day[starts]
    net = np.add.reduceat(amount, starts, dtype=np.int64)
    returns = np.add.reduceat(amount < 0, starts, dtype=np.int64)
    orders = np.diff(starts, append=len(amount)) - returns
    is_order_day = (net > 0) | (returns == 0)

    starts = _changes(customer)
    order_days = np.add.reduceat(is_order_day, starts, dtype=np.int64)
    last = np.cumsum(order_days) - 1  # of each customer, among the order days
    first = last - order_days + 1
    # those with only returns have none, and point at that of another
    on, worth = (np.append(column[is_order_day], 0).astype(np.int64) for column in (day, net))
    return _batch(
        (customer[starts].astype(np.int64) << dealt.bits) | share,
        on[first] + dealt.start,
        on[last] + dealt.start,
        order_days,
        np.add.reduceat(np.where(is_order_day, orders, 0), starts),
        np.add.reduceat(net, starts),
        np.diff(starts, append=len(net)),
        worth[first],
    )


def _changes(*columns: Numbers) -> NDArray[np.intp]:
    """Where a row differs from the one before it, the first row included."""
    differs = np.ones(len(columns[0]), dtype=bool)
    differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(differs)


def _batch(customer: NDArray[np.int64], *columns: Numbers) -> pa.RecordBatch:
    """Columns as those of ``customers.everybody``, days and money as such."""
    first, last, order_days, orders, net, days, first_net = columns
    none = order_days == 0
    since = (pa.array(day.astype(np.int32), mask=none).cast(pa.date32()) for day in (first, last))
    arrays = [customer, *since, order_days, orders, _money(net), days, _money(first_net, none)]
    return pa.record_batch([pa.array(column) for column in arrays], _SCHEMA)


def _hundredths(amounts: pa.Decimal128Array) -> NDArray[np.int64]:
    """Amounts in hundredths of a cent: of the 128 bits of each the lower half, for the upper is only its sign."""
    halves = np.frombuffer(amounts.buffers()[1], np.int64).reshape(-1, 2)
    return halves[amounts.offset : amounts.offset + len(amounts), 0]


def _money(hundredths: Numbers, none: NDArray[np.bool_] | None = None) -> pa.Decimal128Array:
    """The reverse of :func:`_hundredths`; null where *none*."""
    halves = np.stack([hundredths, hundredths >> 63], axis=1)
    known = None if none is None else pa.array(~none).buffers()[1]
    return pa.Decimal128Array.from_buffers(_SUM, len(hundredths), [known, pa.py_buffer(halves)])
