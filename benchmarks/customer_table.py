"""From a log of orders in Parquet to one row per customer with quintiles, beside the packages that do the same.

Each way reads the file, collapses orders to days, adds up repeat days, recency, age and mean repeat spend per
customer, and scores recency, frequency and money in five classes. First all run on a small log without returns, where
every sum must be equal; then on the made log, in which the rules for returns differ and the sums show by how much.

    python benchmarks/customer_table.py --rows 1000000 10000000
    python benchmarks/customer_table.py --rows 50000000 --peers openretailscience lifetimes
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import harness
import made_orders
from harness import Timings, Way

SCRIPT = "customer_table_ways.py"
FUNCTIONS = {
    "lifetimes": "lifetimes",
    "pymc-marketing-0": "pymc_marketing",
    "pymc-marketing-1": "pymc_marketing",
    "clvkit": "clvkit",
    "openretailscience": "openretailscience",
}
CHECK_ROWS = 20_000
RULES = """With returns the rules differ. Ours counts a day as an order day when its net amount is above zero, and nets
later returns in the repeat spend; openretailscience leaves days of returns out altogether; clvkit counts every day
with a sale; lifetimes and pymc-marketing count every day, and customers with nothing but returns.

openretailscience has DuckDB group the rows by customer and day, and so have we with little memory or several rows per
order; else ours sorts them in memory."""


def main() -> None:
    parser = harness.options_parser(__doc__, list(FUNCTIONS), [1_000_000, 10_000_000])
    parser.add_argument("--memory-limit", default="500MB", help="of our second way (default: %(default)s)")
    parser.add_argument("--lines", type=int, default=1, help="rows per order (default: %(default)s)")
    options = harness.parse(parser)
    plain = made_orders.write(options.cache, CHECK_ROWS, returns=0, lines=options.lines)
    checked = harness.in_turn(ways(plain, options), 1, options.cache)
    differing = {way.name: difference(way, checked[0]) for way in checked}
    for rows in options.rows:
        harness.say(f"{rows:,} rows")
        path = made_orders.write(options.cache, rows, lines=options.lines)
        found = harness.in_turn(ways(path, options), options.rounds, options.cache)
        harness.write_block(
            options.output, f"1:customer_table:{options.lines}:{rows}", block(rows, found, differing, options)
        )


def ways(path: Path, options: argparse.Namespace) -> list[Way]:
    """Ours first, then ours in little memory, then the peers."""
    limited = f"{harness.OURS}, {options.memory_limit} for the engine, into a file"
    return [
        Way(harness.OURS, SCRIPT, ("ours", str(path))),
        Way(limited, SCRIPT, ("ours_into_a_file", str(path), options.memory_limit)),
        *(Way(harness.label(name), SCRIPT, (FUNCTIONS[name], str(path)), peer=name) for name in options.peers),
    ]


def difference(way: Timings, ours: Timings) -> str:
    """Which sums of a way are not ours; empty when all are equal."""
    if not way.answers or not ours.answers:
        return "did not run"
    own, theirs = (timings.answers[0]["checks"] for timings in (ours, way))
    return ", ".join(name for name in own if not math.isclose(own[name], theirs[name], rel_tol=1e-9, abs_tol=0.01))


def block(rows: int, found: list[Timings], differing: dict[str, str], options: argparse.Namespace) -> str:
    """The part of the page on one size."""

    def cells(way: Timings, ours: Timings) -> list[str]:
        return [f"no: {words}" if words else "yes" for words in (differing[way.name], difference(way, ours))]

    names = ["sums equal without returns", "with returns"]
    orders = f", {options.lines} to an order" if options.lines > 1 else ""
    text = harness.block(f"Customer table with quintiles, {rows:,} rows{orders}", found, names, cells, options)
    return f"{text}\n\n{RULES}"


if __name__ == "__main__":
    main()
