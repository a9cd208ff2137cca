"""Buying histories to fit on: the two sets of CDNOW, and customers made after BG/NBD, always the same ones.

Columns: ``repeat_days`` (x), ``last_day`` (t_x, days), ``age_days`` (T, days); one row per customer.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import numpy as np
import pandas as pd

# what Fader, Hardie and Lee (2005) found for CDNOW, in weeks
TRUTH = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
OLDEST, YOUNGEST = 730, 180  # days; all ages in between occur equally often


def cdnow(every: bool) -> pd.DataFrame:
    """CDNOW up to 1997-09-30 as in the paper: all customers, or the one in ten of the paper."""
    name = "CDNOW_master.txt" if every else "CDNOW_sample.txt"
    path = next(file for file in importlib.metadata.files("lifetimes") or [] if file.name == name).locate()
    columns = [0, 1] if every else [1, 2]  # the sample has the number in the full set first
    log = pd.read_csv(path, sep=r"\s+", header=0 if every else None, usecols=columns)
    log.columns = ["customer", "date"]
    log["date"] = pd.to_datetime(log["date"].astype(str))
    end = pd.Timestamp("1997-09-30")
    days = log[log["date"] <= end].drop_duplicates().groupby("customer")["date"].agg(["min", "max", "count"])
    return pd.DataFrame(
        {
            "repeat_days": days["count"] - 1,
            "last_day": (days["max"] - days["min"]).dt.days,
            "age_days": (end - days["min"]).dt.days,
        }
    ).reset_index(drop=True)


def made(customers: int) -> pd.DataFrame:
    """Customers who behave as the model says, each purchase on its day and days counted once."""
    chance = np.random.default_rng([20251231, customers])
    pace = chance.gamma(TRUTH["r"], 1 / TRUTH["alpha"], customers) / 7  # purchases a day
    leaves = chance.beta(TRUTH["a"], TRUTH["b"], customers)
    age = chance.integers(YOUNGEST, OLDEST + 1, customers)
    repeats, last, now = np.zeros(customers, "int64"), np.zeros(customers, "int64"), np.zeros(customers)
    here = np.arange(customers)
    while len(here):
        now[here] += chance.exponential(1 / np.maximum(pace[here], 1e-12))
        here = here[now[here] < age[here]]
        day = np.ceil(now[here]).astype("int64")
        repeats[here] += day > last[here]
        last[here] = day
        here = here[chance.random(len(here)) >= leaves[here]]
    return pd.DataFrame({"repeat_days": repeats, "last_day": last, "age_days": age})


def write(cache: Path, name: str, customers: int) -> Path:
    """The histories *name* (``cdnow``, ``cdnow_full`` or ``made``) as a Parquet file, if not there already."""
    path = cache / f"histories-{name}{f'-{customers}' if name == 'made' else ''}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = made(customers) if name == "made" else cdnow(every=name == "cdnow_full")
        frame.to_parquet(path)
    return path
