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

if TYPE_CHECKING:
    from ibis.expr.types import Table
    from numpy.typing import NDArray

SHARE = 1 << 17  # rows
BATCH = 1 << 18  # rows
BYTES = 32  # of memory for a row: at most 18 are held, and a few shares are at work
DIGITS = 18  # of an amount, that fit in 64 bits
SHORT = (1 << 16) - 1  # days before the last one, of which the number fits in 16 bits
MOST = 1 << 62  # of a sum, in hundredths of a cent; more may not fit in 64 bits

_SUM = pa.decimal128(38, 4)
_SCHEMA = pa.schema(
    {
        "customer": pa.int64(),
        "first_order": pa.date32(),
        "last_order": pa.date32(),
        "order_days": pa.int64(),
        "orders": pa.int64(),
        "net": _SUM,
        "days": pa.int64(),
        "first_net": _SUM,
    }
)


class Deal(NamedTuple):
    """How rows are dealt to shares.

    Attributes:
        bits: The last bits of a customer's number are the number of the share.
        start: Day from which days are counted, in days since 1970.
    """

    bits: int
    start: int


class Share(NamedTuple):
    """Rows of some customers, in the order of the file, each column in as few bits as will do.

    Attributes:
        customer: Number without its last bits.
        day: Days since :attr:`Deal.start`.
        amount: Hundredths of a cent.
    """

    customer: NDArray[np.integer]
    day: NDArray[np.integer]
    amount: NDArray[np.integer]


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
    """The rows of ``customers.everybody``, in no order; None where amounts are too large to add up here.

    Args:
        rows: One per order, which :func:`fits`.
        count: How many there are, or more.
        as_of: Last day that counts.
    """
    deal = Deal(max(count // SHARE, 1).bit_length() - 1, (as_of - date(1970, 1, 1)).days - SHORT)
    shares: list[list[Share]] = [[] for _ in range(1 << deal.bits)]
    needed = rows.select("day", "amount", customer=rows.customer.cast("int64"))
    con = rows.get_backend()
    for batch in con.con.sql(con.compile(needed)).to_arrow_reader(BATCH):
        amount = _hundredths(batch.column("amount"))
        if np.abs(amount).max(initial=0) > MOST // count:
            return None
        for pieces, piece in zip(shares, _dealt(batch, amount, deal), strict=True):
            pieces.append(piece)
    return pa.RecordBatchReader.from_batches(_SCHEMA, _batches(shares, deal))


def _batches(shares: list[list[Share]], deal: Deal) -> Iterator[pa.RecordBatch]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # sorting frees the interpreter
        yield from pool.map(_share_added_up, shares, range(1 << deal.bits), repeat(deal))


def _dealt(batch: pa.RecordBatch, amount: NDArray[np.int64], deal: Deal) -> Iterator[Share]:
    """A batch as a piece for each share."""
    customer, day = batch.column("customer").to_numpy(), batch.column("day").cast(pa.int32()).to_numpy() - deal.start
    share = (customer & ((1 << deal.bits) - 1)).astype(np.uint16)
    order = np.argsort(share, kind="stable")
    ends = np.cumsum(np.bincount(share, minlength=1 << deal.bits))[:-1]
    narrow = _narrow(customer >> deal.bits, np.uint16), _narrow(day, np.uint16), _narrow(amount, np.int32)
    return (Share(*pieces) for pieces in zip(*(np.split(column[order], ends) for column in narrow), strict=True))


def _narrow(column: NDArray[np.integer], kind: type[np.integer]) -> NDArray[np.integer]:
    """Numbers in fewer bits, where they fit: these take less room, and 16 bits are sorted in two passes."""
    limits = np.iinfo(kind)
    return column.astype(kind) if np.all((limits.min <= column) & (column <= limits.max)) else column


def _share_added_up(pieces: list[Share], share: int, deal: Deal) -> pa.RecordBatch:
    """The customers of one share."""
    if not any(len(piece.customer) for piece in pieces):
        return _batch(*np.empty((8, 0), np.int64))
    customer, day, amount = (np.concatenate(column) for column in zip(*pieces, strict=True))
    pieces.clear()
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
        (customer[starts].astype(np.int64) << deal.bits) | share,
        on[first] + deal.start,
        on[last] + deal.start,
        order_days,
        np.add.reduceat(np.where(is_order_day, orders, 0), starts),
        np.add.reduceat(net, starts),
        np.diff(starts, append=len(net)),
        worth[first],
    )


def _changes(*columns: NDArray[np.integer]) -> NDArray[np.intp]:
    """Where a row differs from the one before it, the first row included."""
    differs = np.ones(len(columns[0]), dtype=bool)
    differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(differs)


def _batch(customer: NDArray[np.int64], *columns: NDArray[np.integer]) -> pa.RecordBatch:
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


def _money(hundredths: NDArray[np.integer], none: NDArray[np.bool_] | None = None) -> pa.Decimal128Array:
    """The reverse of :func:`_hundredths`; null where *none*."""
    halves = np.stack([hundredths, hundredths >> 63], axis=1)
    known = None if none is None else pa.array(~none).buffers()[1]
    return pa.Decimal128Array.from_buffers(_SUM, len(hundredths), [known, pa.py_buffer(halves)])
