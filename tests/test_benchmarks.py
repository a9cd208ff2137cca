"""The benchmarks' scripts start, and run end to end at a thousand rows without any peer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
WAYS = {"customer_table": "1:customer_table:1:1000", "model_fit": "2:model_fit:0:histories-made-1000"}


def run(script, *words):
    command = [sys.executable, BENCHMARKS / f"{script}.py", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
@pytest.mark.parametrize("script", ["customer_table", "model_fit", "import_time", "scale", "made_orders"])
def test_help_says_what_a_benchmark_does_and_how_to_run_it(script):
    """Each script explains itself, with the command to run."""
    assert f"benchmarks/{script}.py" in run(script, "--help").stdout


@pytest.mark.slow
@pytest.mark.parametrize(("script", "key"), WAYS.items())
def test_quick_run_without_peers_replaces_its_own_block_only(script, key, tmp_path):
    """A thousand rows give a table in the page, in place of the one before and beside what others wrote."""
    page = tmp_path / "benchmarks.md"
    before = "Intro.\n\n<!-- 9:other -->\nkept\n<!-- end -->\n\n<!-- {key} -->\nold\n<!-- end -->\n"
    page.write_text(before.format(key=key), encoding="utf-8")
    run(script, "--quick", "--peers", "--cache", tmp_path / "cache", "--output", page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Intro.\n")
    assert "<!-- 9:other -->\nkept\n" in text
    assert "\nold\n" not in text
    assert text.count(f"<!-- {key} -->") == 1
    assert "| crmworkbook | 1 |" in text


@pytest.mark.slow
def test_peer_that_cannot_be_installed_is_in_the_table_with_its_reason(tmp_path, monkeypatch):
    """A way that did not run is said to have failed, and not left out."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import harness

    nowhere = harness.Peer("nowhere", "3.11", ("crmworkbook-no-such-peer @ file:///no/such/place",))
    monkeypatch.setitem(harness.PEERS, "nowhere", nowhere)
    found = harness.in_turn([harness.Way("nowhere", "import_time_ways.py", (), peer="nowhere")], 1, tmp_path)
    assert not found[0].answers
    assert found[0].fault.startswith("not installed: ")


def test_made_log_is_the_same_each_time_and_as_described(tmp_path, monkeypatch):
    """Rows lie in order of time over 730 days, 1.5 % of them negative, about twenty for each customer."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import made_orders
    import pandas as pd

    paths = [made_orders.write(tmp_path / name, 50_000) for name in ("one", "two")]
    one, two = (pd.read_parquet(path) for path in paths)
    pd.testing.assert_frame_equal(one, two)
    assert one["date"].is_monotonic_increasing
    assert one["date"].dt.normalize().nunique() == made_orders.DAYS
    assert (one["amount"] < 0).mean() == pytest.approx(made_orders.RETURNS, abs=0.002)
    assert len(one) / one["customer_id"].nunique() == pytest.approx(made_orders.ROWS_PER_CUSTOMER, rel=0.05)
    assert one["transaction_id"].is_unique
