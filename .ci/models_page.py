"""Write docs/models.md from docs/models.yaml: each thing from the articles, where it stands, its test, its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent.parent / "docs"
REFERENCES = yaml.safe_load((DOCS.parent / "templates" / "references.yaml").read_text(encoding="utf-8"))
ARTICLES = {
    "strategy": "How to develop a CRM strategy",
    "model": "The CRM business model",
    "ecrm": "Know your customers (eCRM)",
    "process": "The continuous process in five steps",
    "practice": "CRM in practice, a summary",
    "beyond": "Beyond the articles: value from orders and from costs",
}
HEAD = """# Every model of the articles, and where it stands

Five Dutch articles say what a CRM strategy takes. Each thing that they ask for is listed here with the chapter, the
questions, tables and statement lists through which a client gives it, the functions that calculate it, the tests that
hold it and the work it goes back to; what goes further than the articles comes last. The page is made from
`models.yaml` by `.ci/models_page.py`; a test finds everything that it names.

"""


def page(rows: list[dict[str, Any]]) -> str:
    """The page as Markdown, one table for each article that says a thing first."""
    parts = [HEAD]
    for article, title in ARTICLES.items():
        parts.append(f"## {title}\n\n| | What | Where | Given in | Calculated by | Held by | Source |\n")
        parts.append("|--:|---|---|---|---|---|---|\n")
        parts += [_line(row) for row in rows if row["articles"][0] == article]
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


def _line(row: dict[str, Any]) -> str:
    others = [ARTICLES[name] for name in row["articles"][1:]]
    what = row["what"] + (f" (also: {', '.join(others)})" if others else "")
    places = row["places"]
    where = ", ".join(dict.fromkeys(place["chapter"] for place in places))
    given = _all(places, "questions", "tables", "statements")
    tests = [
        test.removeprefix("tests/")
        .removeprefix("test_")
        .replace(".py::test_", ": ")
        .removesuffix(".py")
        .replace("_", " ")
        for test in _all(places, "tests")
    ]
    cells = [str(row["row"]), what, where, _code(given), _code(_all(places, "functions")), "; ".join(tests)]
    sources = [_work(name) for name in _all(places, "source") if not name.startswith("article_")]
    return f"| {' | '.join([*cells, '; '.join(sources)])} |\n"


def _work(name: str) -> str:
    """Author and year of a reference."""
    citation = REFERENCES[name]["citation"]
    words = citation["en"] if isinstance(citation, dict) else citation
    return str(words.split(").")[0] + ")" if ")." in words else words)


def _all(places: list[dict[str, Any]], *keys: str) -> list[str]:
    return list(dict.fromkeys(name for place in places for key in keys for name in place.get(key, ())))


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    rows = yaml.safe_load((DOCS / "models.yaml").read_text(encoding="utf-8"))
    (DOCS / "models.md").write_text(page(rows), encoding="utf-8")
