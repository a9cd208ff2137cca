"""How long importing takes: `crmworkbook` above a bare Python, and the packages with customer models.

Whole processes, from start to end, after one run of each that is not counted. `import crmworkbook` loads nothing yet;
the goal is at most 0.45 s above bare Python. What the packages are compared with is the import of everything that
reading orders and fitting need, which crmworkbook puts off until it is asked for.

    python benchmarks/import_time.py --rounds 7
"""

from __future__ import annotations

import harness
from harness import Timings, Way

MODULES = {
    "lifetimes": "lifetimes",
    "pymc-marketing-0": "pymc_marketing.clv",
    "pymc-marketing-1": "pymc_marketing.clv",
    "clvkit": "clvkit",
    "openretailscience": "openretailscience.experimental.clv",
}
WORK = ("crmworkbook.transactions", "crmworkbook.models.buy_till_you_die.bg_nbd", "ibis.backends.duckdb")


def main() -> None:
    options = harness.parse(harness.options_parser(__doc__, list(MODULES), []))
    ways = [
        way("bare Python"),
        way("crmworkbook with what reading and fitting need", *WORK),
        way("`import crmworkbook` alone", "crmworkbook"),
        *(way(f"`import {MODULES[name]}`, {harness.label(name)}", MODULES[name], peer=name) for name in options.peers),
    ]
    harness.in_turn(ways, 1, options.cache)  # writes the compiled files
    found = harness.in_turn(ways, options.rounds, options.cache)
    bare = found.pop(0)

    def cells(way: Timings, ours: Timings) -> list[str]:
        return [f"{way.median - bare.median:.2f}"]

    text = harness.block("Import", found, ["seconds above bare Python"], cells, options)
    harness.write_block(options.output, "4:import_time", text)


def way(title: str, *modules: str, peer: str = "") -> Way:
    return Way(title, "import_time_ways.py", modules, peer=peer, whole=True)


if __name__ == "__main__":
    main()
