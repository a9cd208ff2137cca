"""Buy-till-you-die models: customers buy at their own pace until, unseen, they stop.

========================= ==============================================================================
module                    what it holds
========================= ==============================================================================
``histories``             what the models look at: repeat purchases, last purchase, age; spend per purchase
``fitting``               maximum likelihood, standard errors, and what may be wrong with a fit
``bg_nbd``                BG/NBD: purchases until a customer leaves after a purchase
``gamma_gamma``           spend per purchase
``lifetime``              discounted purchases and lifetime value over a stated horizon
``intervals``             how certain a value is: bootstrap and delta method
``holdout``               what the model said about a later period, and what happened
``special``               the two special functions, in a form that stays accurate
========================= ==============================================================================

Time is counted in the unit of the fit (weeks unless said otherwise); a horizon is a ``rates.Span`` and a discount
rate a ``rates.Rate``, so that neither passes without its period.
"""
