"""Share of wallet, the rank rule, and what a larger share is worth."""

import math

import pandas as pd
import pytest

from crmworkbook.models import wallet
from crmworkbook.models.lifetime_value import margin_multiple

TARGETS = pd.DataFrame({"segment": ["a", "b"], "target_share": [0.6, 0.5], "wallet_method": ["known", "estimated"]})
CUSTOMERS = pd.DataFrame(
    {
        "customer": ["1", "2", "3"],
        "segment": ["a", "a", "b"],
        "revenue": [400.0, 900.0, 100.0],
        "contribution": [160.0, 360.0, 30.0],
        "cost_to_serve": [10.0, 20.0, 40.0],
        "wallet": [1000.0, math.nan, math.nan],
    }
)


def test_a_quarter_of_the_wallet_and_what_a_half_adds():
    """$2,500 of $10,000 is 25%; to 50% adds $2,500 (published on revoptima)."""
    assert wallet.share_of_wallet(2_500, 10_000) == 0.25
    grown = wallet.potential_value(2_500, 10_000, margin=1.0, multiple=1.0, target_share=0.5)
    assert grown.growth == 2_500


@pytest.mark.parametrize(("own", "size"), [(100, 0), (100, 99), (-1, 100), (100, math.nan)])
def test_a_share_needs_a_wallet_that_holds_it(own, size):
    """More spent with us than in all cannot be."""
    with pytest.raises(ValueError, match="must lie between 0 and the wallet"):
        wallet.share_of_wallet(own, size)


@pytest.mark.parametrize(
    ("suppliers", "shares"), [(1, [1]), (2, [2 / 3, 1 / 3]), (3, [1 / 2, 1 / 3, 1 / 6]), (10, [None, None, 0.1455])]
)
def test_the_wallet_allocation_rule(suppliers, shares):
    """Keiningham and others (2011): .667/.333 for two, .5/.333/.167 for three, third of ten .1455 (printed as 15%)."""
    found = [wallet.wallet_allocation_share(rank, suppliers) for rank in range(1, suppliers + 1)]
    for share, expected in zip(found, shares, strict=False):
        assert expected is None or share == pytest.approx(expected, abs=5e-5)
    assert sum(found) == pytest.approx(1)
    assert wallet.allocation_working(1, suppliers).evaluate() == found[0]


def test_a_rank_beyond_the_number_of_suppliers_does_not_exist():
    """Fourth of three is a typing error."""
    with pytest.raises(ValueError, match="rank 4 of 3"):
        wallet.wallet_allocation_share(4, 3)


def test_potential_value_of_the_worked_case():
    """16,000 of 40,000, margin 38%, r .9, i .1: 27,360 becomes 41,040 at 60%; growth 13,680 (recomputed)."""
    multiple = margin_multiple(0.9, 0.1, convention="residual")
    found = wallet.potential_value(16_000, 40_000, 0.38, multiple, 0.60)
    assert (found.current, found.level, found.growth) == pytest.approx((27_360, 41_040, 13_680))
    assert found.share == 0.40
    assert [working.evaluate() for working in found.workings] == pytest.approx([27_360, 41_040])


def test_potential_is_never_above_the_wallet_nor_below_today():
    """A target of 120% counts as the whole wallet, one below today's share leaves today's value."""
    whole, low = (wallet.potential_value(16_000, 40_000, 0.38, 4.5, target) for target in (1.2, 0.2))
    assert whole.level == pytest.approx(4.5 * 0.38 * 40_000)
    assert (low.level, low.growth) == (low.current, 0)


def test_a_rank_fills_only_a_wallet_that_is_empty():
    """First of two at 900 means a wallet of 1,350; the given wallet stays, and so does not knowing."""
    ranks = pd.DataFrame({"customer": ["1", "2", "9"], "rank": [2, 1, 3], "suppliers": [2, 2, 2]})
    filled = wallet.fill_wallets(CUSTOMERS, TARGETS, ranks).set_index("customer")
    assert filled["wallet"].tolist()[:2] == pytest.approx([1000, 1350])
    assert filled["method"].tolist() == ["known", "from_rank", None]
    assert wallet.fill_wallets(CUSTOMERS, TARGETS)["wallet"].isna().sum() == 2


def test_a_firm_with_one_segment_need_not_name_it():
    """Customers without a segment belong to the only one."""
    filled = wallet.fill_wallets(CUSTOMERS.assign(segment=None), TARGETS.head(1))
    assert filled["segment"].tolist() == ["a"] * 3


def test_ranks_are_compared_with_wallets_where_both_are_known():
    """Second of two gives 33% beside 40%."""
    ranks = pd.DataFrame({"customer": ["1", "2"], "rank": [2, 1], "suppliers": [2, 2]})
    check = wallet.rank_check(CUSTOMERS, ranks)
    assert (check.customers, check.by_wallet, check.by_rule) == pytest.approx((1, 0.4, 1 / 3))
    assert check.gap == pytest.approx(0.4 - 1 / 3)
    assert wallet.rank_check(CUSTOMERS.assign(wallet=math.nan), ranks) is None


def test_share_per_offering_counts_only_segments_whose_spend_is_known():
    """Revenue of b stays out; most room is where the rest of the wallet is largest."""
    cube = pd.DataFrame({"segment": ["a", "a", "b"], "offering": ["x", "x", "x"], "revenue": [30.0, 20.0, 500.0]})
    wallets = pd.DataFrame({"segment": ["a", "a"], "offering": ["x", "y"], "wallet": [100.0, 400.0]})
    found = wallet.offering_shares(cube, wallets).set_index("offering")
    assert found.index.tolist() == ["y", "x"]
    assert found.loc["x", ["revenue", "share", "room", "widest", "below"]].tolist() == [50, 0.5, 50, "a", 0]
    assert found.loc["y", "share"] == 0
    short = wallet.offering_shares(cube, wallets.assign(wallet=[40.0, 400.0])).set_index("offering")
    assert short.loc["x", "below"] == 1
