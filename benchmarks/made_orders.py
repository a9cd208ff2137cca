"""A made log of orders of any size, always the same for the same size, written in pieces so that memory stays small.

Twenty rows per customer on average, skewed (median 13): a log-normal rate. Rows lie evenly over 730 days in order of
time; 1.5 % of the amounts are negative. ``customer_id`` and ``transaction_id`` are whole numbers, ``date`` is a
moment, ``amount`` is in euro.

    python benchmarks/made_orders.py 10000000 folder
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import ndtr

START, DAYS, AS_OF = np.datetime64("2024-01-02", "us"), 730, "2025-12-31"
ROWS_PER_CUSTOMER, SKEW = 20, 0.93
PIECE = 1_000_000
RETURNS = 0.015


def piece(first: int, count: int, rows: int, returns: float, lines: int) -> pa.Table:
    """Rows *first* up to *first + count* of a log of *rows*."""
    chance = np.random.default_rng([20251231, rows, first])
    customers, orders = max(rows // ROWS_PER_CUSTOMER, 1), -(-count // lines)
    # Who buys: customers ranked by a log-normal rate, drawn in proportion to that rate.
    rank = (ndtr(chance.standard_normal(orders) + SKEW) * customers).astype("int64").clip(max=customers - 1)
    step = next(number for number in (7_919, 7_907, 7_901) if math.gcd(number, customers) == 1)
    seconds = np.sort((first + chance.random(orders) * count) / rows) * DAYS * 86_400
    amounts = np.round(np.exp(chance.normal(3.2, 0.8, count)), 2).clip(min=0.01)
    signs = np.where(chance.random(count) < returns, -1, 1)
    return pa.table(
        {
            # stepped through, so that the number says nothing about the rate
            "customer_id": (rank * step % customers + 1).repeat(lines)[:count],
            "date": (START + seconds.astype("timedelta64[s]")).repeat(lines)[:count],
            "amount": amounts * signs,
            "transaction_id": np.arange(first, first + count) // lines + 1,
        }
    )


def write(folder: Path, rows: int, returns: float = RETURNS, lines: int = 1) -> Path:
    """The log as a Parquet file in *folder*; one that is there already is left as it is.

    Args:
        folder: Where to write.
        rows: Number of rows.
        returns: Share of negative amounts.
        lines: Rows per order; a divisor of a million.
    """
    variant = ("" if returns else "-no-returns") + (f"-{lines}-lines" if lines > 1 else "")
    path = folder / f"orders-{rows}{variant}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, piece(0, 1, rows, returns, lines).schema, compression="zstd") as file:
        for first in range(0, rows, PIECE):
            file.write_table(piece(first, min(PIECE, rows - first), rows, returns, lines))
    return unfinished.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, default=1, help="rows per order")
    options = parser.parse_args()
    print(write(options.folder, options.rows, lines=options.lines))


if __name__ == "__main__":
    main()
