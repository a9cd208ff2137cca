"""Models side by side on the same customers."""

import numpy as np
import pandas as pd
import pytest

from crmworkbook.models.buy_till_you_die import bg_nbd
from crmworkbook.models.buy_till_you_die.comparison import choose, compare, compare_holdout, fit_all
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.rates import Span
from tests.buying_data import cdnow, cdnow_followed

pytestmark = pytest.mark.filterwarnings("error")


def test_the_three_models_on_real_customers():
    """CDNOW: log-likelihoods in print; only BG/NBD is certain of who bought once; each expects too little later."""
    found = compare_holdout(cdnow_followed(), Span(39, "week")).set_index("model")
    assert found["log_likelihood"].to_dict() == pytest.approx(
        {"bg_nbd": -9582.429, "mbg_nbd": -9582.136, "pareto_nbd": -9594.976}, abs=2e-3
    )
    assert (found["aic"] + 2 * found["log_likelihood"]).tolist() == pytest.approx([8, 8, 8])
    assert (found["bic"] + 2 * found["log_likelihood"]).tolist() == pytest.approx([4 * np.log(2357)] * 3)
    assert found.loc["bg_nbd", "alive_once"] == 1
    assert (found.loc[["mbg_nbd", "pareto_nbd"], "alive_once"] < 0.5).all()
    assert (found["alive_once"] <= found["alive"].where(found.index != "bg_nbd", 1)).all()
    assert (found["actual"] == 1882).all()
    assert found.loc["bg_nbd", "expected"] == pytest.approx(1653.4, abs=0.5)
    assert found["error"].between(-0.2, 0).all()
    assert (found["misplaced"] >= found["error"].abs() - 1e-12).all()
    assert choose(found.reset_index()) == "mbg_nbd"


def test_fits_without_an_outcome_stand_in_the_table_empty():
    """Nobody came back: no model says anything, and none is chosen."""
    once = Histories.of(0, 0, 30, 100, unit="week")
    found = compare(fit_all(once), once, later=[0.0], span=Span(10, "week"))
    assert (found["fault"] == "no_repeats").all()
    assert found[["log_likelihood", "bic", "alive_once", "expected", "error"]].isna().all(axis=None)
    assert choose(found) == ""


def test_a_sound_fit_goes_before_a_likelier_one_with_a_fault():
    """And with only doubtful fits the likeliest of them is better than none."""
    table = pd.DataFrame({"model": ["bg_nbd", "mbg_nbd"], "fault": ["flat", ""], "bic": [100.0, 110.0]})
    assert choose(table) == "mbg_nbd"
    assert choose(table.assign(fault="flat")) == "bg_nbd"


def test_later_purchases_need_their_period():
    """A number of purchases without the time it was counted in says nothing."""
    fits = (bg_nbd.fit(cdnow(), standard_errors=False),)
    with pytest.raises(ValueError, match="the span they were counted in"):
        compare(fits, cdnow(), later=np.zeros(len(cdnow())))
    with pytest.raises(ValueError, match="one number per row"):
        compare(fits, cdnow(), later=[1.0], span=Span(1, "year"))
    assert "expected" not in compare(fits, cdnow())
