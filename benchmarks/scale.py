"""Time and memory from one to a hundred million rows: both should grow no faster than the rows.

Runs our way of :mod:`customer_table`, by default and with little memory for the engine, and draws both in
``docs/scale.svg``. Needs 3 GB of disk for the made logs.

    python benchmarks/scale.py --rounds 1
"""

from __future__ import annotations

import argparse

import harness
import made_orders
from customer_table import SCRIPT
from harness import Timings, Way

from crmworkbook.charts import style

MILLION = 1_000_000
ROWS = [1 * MILLION, 10 * MILLION, 20 * MILLION, 50 * MILLION, 100 * MILLION]


def main() -> None:
    parser = harness.options_parser(__doc__, [], ROWS)
    parser.add_argument("--memory-limit", default="500MB", help="of the second line (default: %(default)s)")
    options = harness.parse(parser)
    found = {rows: measured(rows, options) for rows in sorted(options.rows)}
    harness.write_block(options.output, "5:scale", block(found, options))
    picture = options.output.with_name("scale.svg")
    picture.write_text(drawing(found), encoding="utf-8")
    harness.say(f"drew {picture}")


def measured(rows: int, options: argparse.Namespace) -> list[Timings]:
    """By default, and with little memory."""
    harness.say(f"{rows:,} rows")
    path = str(made_orders.write(options.cache, rows))
    limited = f"{options.memory_limit} for the engine, into a file"
    ways = [
        Way("by default", SCRIPT, ("ours", path)),
        Way(limited, SCRIPT, ("ours_into_a_file", path, options.memory_limit)),
    ]
    return harness.in_turn(ways, options.rounds, options.cache)


def block(found: dict[int, list[Timings]], options: argparse.Namespace) -> str:
    """The part of the page: per size and way seconds, seconds per million rows, memory."""
    header = ["rows", "way", "seconds", "seconds per million rows", "peak MB"]
    lines = [header, ["---:", "---", "---:", "---:", "---:"]]
    for rows, ways in found.items():
        for way in ways:
            words = [way.fault, "", ""]
            if way.answers:
                words = [f"{way.median:.3g}", f"{way.median / rows * MILLION:.3g}", f"{way.peak:,.0f}"]
            lines.append([f"{rows:,}", way.name, *words])
    return f"""## From one to a hundred million rows

![Seconds and peak memory against the number of rows](scale.svg)

{harness.markdown(lines)}

{harness.footnote([way for ways in found.values() for way in ways][:1], options)}"""


def drawing(found: dict[int, list[Timings]]) -> str:
    """Time and memory against rows, as SVG with its typeface inside."""
    with style.look():
        figure = style.new_figure(2.4)
        figure.set_facecolor("white")  # the page may be shown on black
        panels = figure.subplots(1, 2)
        for axes, title, of in zip(
            panels,
            ("Seconds", "Peak memory, GB"),
            (lambda way: way.median, lambda way: way.peak / 1000),
            strict=True,
        ):
            for number, colour in enumerate((style.DEEP, style.AMBER)):
                ran = {rows: ways[number] for rows, ways in found.items() if ways[number].answers}
                name = next(iter(found.values()))[number].name
                axes.plot([rows / MILLION for rows in ran], [of(way) for way in ran.values()], "o-", color=colour)
                axes.lines[-1].set(markersize=3.5, linewidth=1.4, label=name)
            axes.set(title=title, xlabel="million rows", xlim=(0, None), ylim=(0, None))
        panels[0].legend(frameon=False, loc="upper left")
    return style.with_typeface(style.svg(figure))


if __name__ == "__main__":
    main()
