"""Buy-till-you-die models: customers buy at their own pace until, unseen, they stop.

========================= ==============================================================================
module                    what it holds
========================= ==============================================================================
``histories``             what the models look at: repeat purchases, last purchase, age; spend per purchase
``collapsing``            equal rows taken together
``fitting``               maximum likelihood, standard errors, and what may be wrong with a fit
``bg_nbd``                BG/NBD: purchases until a customer leaves after a purchase
``mbg_nbd``               MBG/NBD: the same, and some leave after the first purchase
``pareto_nbd``            Pareto/NBD: purchases and leaving each at their own pace
``bg_bb``                 BG/BB: one opportunity to buy per period
``gamma_gamma``           spend per purchase
``lifetime``              discounted purchases and lifetime value over a stated horizon
``intervals``             how certain a value is: bootstrap and delta method
``holdout``               what the model said about a later period, and what happened
``comparison``            several models on the same histories, side by side
``checks``                what a model asks of its data, and of a fit before it is used
``quadrature``            integrals over when, or with what chance, customers leave
``special``               special functions, in a form that stays accurate
========================= ==============================================================================

Time is counted in the unit of the fit (weeks unless said otherwise); a horizon is a ``rates.Span`` and a discount
rate a ``rates.Rate``, so that neither passes without its period.
"""
