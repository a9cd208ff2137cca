"""A client's words are data: whatever they hold, they are printed as they are and never run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crmworkbook.client import read_client
from crmworkbook.report import make_report
from crmworkbook.run import sections_of
from crmworkbook.section import Answer, Answers, Section, as_html
from crmworkbook.text import clean
from crmworkbook.typeset import printable

from .pdf import pages

CORPUS = {
    "typst code": '#read("/etc/passwd") #import "@preview/x:1.0.0" $x^2$ *bold* _it_ <label> @ref [x] #{1+1}',
    "html": "<script>alert(1)</script><iframe src=file:///etc/passwd></iframe>&amp; <b>x</b>",
    "latex": r"\input{/etc/passwd} \write18{ls} $$\frac{1}{2}$$ %",
    "markdown": "[click](javascript:alert(1)) ![x](http://x/y.png) # head | a | b |",
    "templates": "{name} {x:money} {0.__class__} %s ${HOME} {{7*7}} `id`",
    "yaml": "!!python/object/apply:os.system ['id'] & * | > : - # ?",
    "quotes": "\"'`´„“”‘’«» \\n \\u0041 //",
    "long word": "Donaudampfschiff" * 19,
    "emoji": "🚀 👩‍🍳 ☕ 客户 العميل клиент πελάτης",
    "spreadsheet": "=cmd|' /C calc'!A0 +1 @SUM(1)",
    "spaces": "a\u00a0b\u2009c\u3000d",
}


def squeezed(text: str) -> str:
    """Without white space and break opportunities, which a line may change."""
    return re.sub(r"[\s\u200b\u200d\u00ad]", "", text)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A client whose every word is hostile: name, labels, answers, sources, table cells."""
    everything = " ".join(CORPUS.values())
    questions = ["participants", "crm_definition", "data_held", "initiative", "decision_wanted"]
    asked = zip(questions, CORPUS.values(), strict=False)
    answers = {f"start.{q}": {"text": t, "source": t, "confidence": 1} for q, t in asked}
    rest = list(CORPUS.values())[len(questions) :]
    more = ["vision", "crm_in_vision", "mission", "goals", "strategy", "industry"]
    answers |= {f"business_strategy.{q}": {"text": t} for q, t in zip(more, rest, strict=True)}
    answers["customer_value.decision"] = {"text": "woorden " * 5000}
    client = {
        "crmworkbook": 1,
        "name": CORPUS["typst code"] + CORPUS["emoji"],
        "language": "nl",
        "as_of": "2025-12-31",
        "prepared_by": CORPUS["html"],
        "segments": {"one": everything[:300], "two": CORPUS["long word"]},
        "offerings": {"thing": CORPUS["templates"]},
        "channels": {"way": CORPUS["html"]},
        "competitors": {"rival": CORPUS["latex"]},
        "answers": answers,
        "tables": {
            "five_forces": [{"force": "rivalry", "score": 4, "note": everything}],
            "data_sources": [{"source": CORPUS["markdown"], "kind": "personal", "legal_ground": CORPUS["html"]}],
            "cube": [
                {
                    "segment": s,
                    "offering": "thing",
                    "channel": "way",
                    "revenue": r,
                    "margin": 0.4,
                    "status": "active",
                }
                for s, r in (("one", 1000), ("two", 500))
            ],
            "segments": [
                {"segment": s, "customers_start": 100, "customers_lost": 10, "customers_new": 12}
                for s in ("one", "two")
            ],
            "segment_costs": [{"segment": s, "cost_to_serve": 100, "acquisition": 50} for s in ("one", "two")],
            "goals": [{"goal": "own {x}", "statement": CORPUS["html"], "kpi": everything, "owner": CORPUS["yaml"]}],
        },
    }
    # every JSON text is a YAML text
    (tmp_path / "client.yaml").write_text(json.dumps(client, ensure_ascii=False), encoding="utf-8")
    return tmp_path / "client.yaml"


@pytest.mark.slow
def test_hostile_words_are_printed_and_shown_as_they_are(hostile: Path, tmp_path: Path) -> None:
    """Every piece of the corpus can be read in the PDF; what no font has stands there by its code."""
    path = make_report(hostile, "nl", tmp_path / "out")
    printed = squeezed("".join(pages(path)))
    for name, text in CORPUS.items():
        for word in printable(clean(text)).split():
            assert squeezed(word) in printed, name
    assert "root:" not in printed
    _assert_stays_text(tmp_path / "out" / "notebooks")


def _assert_stays_text(notebooks: Path) -> None:
    """No element, attribute or link of a client's making reaches the browser."""
    for notebook in notebooks.glob("*.ipynb"):
        assert sections_of(notebook)
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", ""))
                assert not re.search(r"<script|<iframe|<b>x|<a |onerror", html)


def test_answers_are_escaped() -> None:
    """The page shows the letters that were typed."""
    block = Answers(title="t", items=(Answer(question="q", answer="<script>&"),))
    html = as_html(Section(chapter="c", id="i", number=1, title="t", language="en", blocks=(block,)))
    assert "&lt;script&gt;&amp;" in html


def test_letters_without_a_font_stand_by_their_code() -> None:
    """A reader sees that something stood there; an accent or a euro sign is printed as it is."""
    assert printable("café € 🚀") == "café € [U+1F680]"
    assert printable({"a": ["客"]}) == {"a": ["[U+5BA2]"]}


def test_an_answer_without_end_is_refused_with_its_place(tmp_path: Path) -> None:
    """A megabyte of text is a mistake, and the message says where."""
    from crmworkbook.errors import ClientFileError

    head = {"crmworkbook": 1, "name": "x", "language": "nl", "as_of": "2025-12-31"}
    client = head | {"answers": {"start.participants": "x" * 1_000_000}}
    (tmp_path / "client.yaml").write_text(json.dumps(client), encoding="utf-8")
    with pytest.raises(ClientFileError, match="1000000 characters; at most 40000 fit"):
        read_client(tmp_path / "client.yaml")
