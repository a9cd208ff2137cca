"""Fitting BG/NBD and scoring customers, beside the packages that do the same.

Three sets of histories: CDNOW as in the paper, all of CDNOW, and made customers (a million; ages of half a year to two
years by the day). All fits must end at the same likelihood, which our own function computes for each. A fit of ours
includes taking equal histories together; one of pymc-marketing is its second, with everything compiled, with flat
priors, so that its most likely values are those of the others. A score is the discounted purchases of twelve months.

    python benchmarks/model_fit.py
    python benchmarks/model_fit.py --rows 1000000 --peers lifetimes --rounds 5
"""

from __future__ import annotations

import argparse
import functools
from pathlib import Path

import harness
import made_histories
import pandas as pd
from harness import Timings, Way

from crmworkbook.models.buy_till_you_die.bg_nbd import log_likelihood
from crmworkbook.models.buy_till_you_die.histories import Histories

SCRIPT = "model_fit_ways.py"
CLASSES = {
    "lifetimes": "lifetimes",
    "pymc-marketing-0": "pymc_marketing",
    "pymc-marketing-1": "pymc_marketing",
    "clvkit": "clvkit",
}
CDNOW = {"cdnow": "CDNOW as in the paper", "cdnow_full": "CDNOW, all"}
NO_SCORE = {"clvkit"}  # it discounts by the week and only together with a model of spending


def main() -> None:
    options = harness.parse(harness.options_parser(__doc__, list(CLASSES), [1_000_000]))
    for number, (title, path) in enumerate(sets(options)):
        histories = Histories.of_days(pd.read_parquet(path))
        title = f"{title}, {histories.total:,.0f} customers, {len(histories):,} different histories"
        harness.say(title)
        found = harness.in_turn(ways("fit", path, options.peers), options.rounds, options.cache)
        cells = functools.partial(fit_cells, histories=histories)
        names = ["log-likelihood", "parameters differ at most"]
        text = harness.block(f"BG/NBD fit: {title}", found, names, cells, options)
        harness.write_block(options.output, f"2:model_fit:{number}:{path.stem}", text)
    for rows in options.rows:
        path = made_histories.write(options.cache, "made", rows)
        scorers = [peer for peer in options.peers if peer not in NO_SCORE]
        found = harness.in_turn(ways("score", path, scorers), options.rounds, options.cache)
        title = f"Discounted purchases of the next twelve months, {rows:,} made customers"
        text = harness.block(title, found, ["sum"], score_cells, options)
        harness.write_block(options.output, f"3:model_score:{rows}", text)


def sets(options: argparse.Namespace) -> list[tuple[str, Path]]:
    """What to fit on, by title; the quick run has no CDNOW."""
    made = [("made", made_histories.write(options.cache, "made", rows)) for rows in options.rows]
    if options.quick:
        return made
    cdnow = [(title, made_histories.write(options.cache, name, 0)) for name, title in CDNOW.items()]
    return [*cdnow, *made]


def ways(task: str, path: Path, peers: list[str]) -> list[Way]:
    """Ours first, then the peers."""
    theirs = (Way(harness.label(name), SCRIPT, (task, CLASSES[name], str(path)), peer=name) for name in peers)
    return [Way(harness.OURS, SCRIPT, (task, "ours", str(path))), *theirs]


def fit_cells(way: Timings, ours: Timings, histories: Histories) -> list[str]:
    """Log-likelihood, and the parameter that is furthest from ours."""
    own, theirs = (timings.answers[0]["parameters"] for timings in (ours, way))
    value = log_likelihood(theirs, histories)[0]
    return [f"{value:,.4f}", f"{max(abs(theirs[name] / own[name] - 1) for name in own):.0e}"]


def score_cells(way: Timings, ours: Timings) -> list[str]:
    """Sum over all customers; the packages take slightly different lengths of a month."""
    return [f"{way.answers[0]['sum']:,.1f}"]


if __name__ == "__main__":
    main()
