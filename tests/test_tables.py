"""Tables are read as people export them, and checked cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.errors import ClientFileError
from crmworkbook.text import Text

from .conftest import SEGMENTS

MakeClient = Callable[..., Path]
COSTS = "segment,cost_to_serve,acquisition\noffices,1000.50,200\ncare,2000,0\n"


def faults_of(path: Path) -> str:
    with pytest.raises(ClientFileError) as caught:
        read_client(path)
    return str(caught.value)


def test_a_table_is_typed_by_what_its_chapter_asks(client_of: MakeClient) -> None:
    """Numbers are floats, keys are text, an absent optional column is empty, a default fills in."""
    frame = read_client(client_of(SEGMENTS, segment_costs=COSTS)).tables["segment_costs"]
    assert list(frame["segment"]) == ["offices", "care"]
    assert list(frame["cost_to_serve"]) == [1000.5, 2000.0]
    assert frame["contribution"].isna().all()
    assert list(frame["development"]) == [0.0, 0.0]


@pytest.mark.parametrize(
    "content",
    [
        COSTS.replace(",", ";").replace("1000.50", "1.000,50"),
        COSTS.replace(",", "\t"),
        "\ufeff" + COSTS,
        COSTS.replace("\n", "\r\n"),
        COSTS + "\n,,\n",
    ],
)
def test_the_same_table_in_another_dress_reads_the_same(client_of: MakeClient, content: str) -> None:
    """Dutch Excel writes semicolons and decimal commas; tabs, a byte order mark and empty lines do no harm."""
    frame = read_client(client_of(SEGMENTS, segment_costs=content)).tables["segment_costs"]
    assert list(frame["cost_to_serve"]) == [1000.5, 2000.0]


def test_a_table_in_windows_1252_is_read_and_noted(client_of: MakeClient) -> None:
    """Old exports keep their accents, and the reader is told."""
    rows = "source,kind\nCafélijst,personal\n".encode("cp1252")
    client = read_client(client_of(data_sources=rows))
    assert client.tables["data_sources"]["source"][0] == "Cafélijst"
    assert "Windows-1252" in client.notes[0]


def test_words_in_two_columns_are_a_pair(client_of: MakeClient) -> None:
    """``source_nl`` and ``source_en`` together are the column source."""
    client = read_client(client_of(data_sources="source_nl,source_en,kind\nLijst,List,personal\n"))
    assert client.tables["data_sources"]["source"][0] == Text(nl="Lijst", en="List")


def test_an_excel_sheet_reads_like_a_csv(tmp_path: Path, client_of: MakeClient) -> None:
    """The sheet named after the table is taken, else the first."""
    path = client_of(SEGMENTS + "tables:\n  segment_costs: costs.xlsx\n")
    book = openpyxl.Workbook()
    sheet = book.create_sheet("segment_costs")
    for row in (["segment", "cost_to_serve", "acquisition"], ["offices", 1000.5, 200], ["care", 2000, 0]):
        sheet.append(row)
    book.save(path.parent / "costs.xlsx")
    frame = read_client(path).tables["segment_costs"]
    assert list(frame["cost_to_serve"]) == [1000.5, 2000.0]


def test_a_parquet_file_reads_like_a_csv(client_of: MakeClient) -> None:
    """An empty field is empty there too."""
    path = client_of(SEGMENTS + "tables:\n  segment_costs: costs.parquet\n")
    rows = {"segment": ["offices", "care"], "contribution": [None, 9.5], "cost_to_serve": [1000.5, 2000]}
    pd.DataFrame(rows | {"acquisition": [200, 0]}).to_parquet(path.parent / "costs.parquet")
    frame = read_client(path).tables["segment_costs"]
    assert list(frame["cost_to_serve"]) == [1000.5, 2000.0]
    assert list(frame["contribution"].isna()) == [True, False]


@pytest.mark.parametrize(
    ("content", "place", "wrong", "write"),
    [
        ("segment,cost_to_serve,acquisition\n", "segment_costs.csv: segment_costs", "has no rows", "fill it"),
        ("", "segment_costs.csv: segment_costs", "has no rows", "fill it"),
        (COSTS.replace("care", "offices"), "segment_costs.csv:3", "offices is there twice", "keep one"),
        (
            COSTS.replace("care", "cara"),
            "segment_costs.csv:3",
            "'cara' is not known here",
            "did you mean care?",
        ),
        (COSTS.replace("2000", "2.0.0"), "segment_costs.csv:3", "'2.0.0' is not a number", "with a point"),
        (
            COSTS.replace("2000", "nan"),
            "segment_costs.csv:3",
            "'nan' is not a number",
            "leave the field empty",
        ),
        (COSTS.replace("2000", "-1"), "segment_costs.csv:3", "-1 is out of range", "at least 0"),
        (COSTS.replace("care,", ","), "segment_costs.csv:3", "is empty", "fill in segment"),
        (
            COSTS.replace("acquisition", "aquisition"),
            "segment_costs.csv",
            "not a column",
            "did you mean acquisition?",
        ),
        (
            COSTS.replace(",acquisition", ""),
            "segment_costs.csv:2",
            "3 fields and the first line 2",
            "between quotes",
        ),
        (COSTS.replace("2000", "2.000").replace(",", ";"), "segment_costs.csv:3", "can be a thousand", "write 2000"),
        (COSTS.replace(",2000", ';"1,234.50"').replace(",", ";"), "segment_costs.csv:3", "is not a number", "a point"),
        (COSTS.replace("acquisition", "segment"), "segment_costs.csv:1", "segment is there twice", "keep one"),
        (COSTS + 'care,"1,2\n', "segment_costs.csv:", "unexpected end of data", "close the quote"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line_and_remedy(
    client_of: MakeClient, content: str, place: str, wrong: str, write: str
) -> None:
    """File, line, column, fault, what to write."""
    message = faults_of(client_of(SEGMENTS, segment_costs=content))
    assert place in message
    assert wrong in message
    assert write in message


def test_a_percentage_typed_as_a_number_is_recognised(client_of: MakeClient) -> None:
    """84 for 0.84 is the commonest slip with shares."""
    rows = "side,ceiling,spend,rate\nretention,90,182,0.84\n"
    assert "90 is a percentage typed as a number; write 0.9 for 90%" in faults_of(client_of(spend_response=rows))


def test_rows_can_stand_in_the_client_file_itself(client_of: MakeClient) -> None:
    """A small table needs no file, and its faults have the line of the row."""
    path = client_of("tables:\n  five_forces:\n    - {force: rivalry, score: 4}\n    - {force: rivals, score: 7}\n")
    message = faults_of(path)
    assert "client.yaml:8: five_forces, row 2, force" in message
    assert "client.yaml:8: five_forces, row 2, score" in message


def test_a_file_that_is_no_excel_says_so(client_of: MakeClient) -> None:
    """A CSV with the wrong ending is not read as something else."""
    path = client_of(SEGMENTS + "tables:\n  segment_costs: costs.xlsx\n")
    (path.parent / "costs.xlsx").write_text(COSTS)
    assert "this is not an Excel file" in faults_of(path)
