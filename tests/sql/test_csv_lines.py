"""No line of a CSV file is lost in silence."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from dagway.errors import DagwayError
from dagway.sql.csv_lines import refuse_lost_lines

pytestmark = pytest.mark.integration

LOST = {
    "the header has fewer columns": ("a,b\n1,2,3\n4,5,6\n7,8,9\n", "line 1, a,b, has not as many values as line 2"),
    "the last line has more values": ("a,b,c\n1,2,3\n3,4,5\n6,7,8,9\n", "line 1, a,b,c, has not"),
    "a title has the delimiter": ("Sales, by day\na,b,c\n1,2,3\n", "line 1, Sales, by day, has not"),
    "a line has fewer values": ("a,b,c\n1,2,3\n3,4\n6,7,8\n", "the columns of the first, a,b,c"),
    "all lines have fewer values": ("a;b;c\n1;2\n3;4\n", "the columns of the first, a;b;c"),
}  # fmt: skip
WHOLE = {
    "without a header": "1,2,3\n3,4,5\n",
    "a title": "Sales by day\n\na,b\n1,2\n",
    "a comment": "# made by hand, by day\na,b\n1,2\n",
    "one column": "note\nx\ny\n",
    "quoted delimiters": 'note,n\n"x, y",1\n"1, 2, 3",2\n',
}


@pytest.mark.parametrize(("text", "said"), LOST.values(), ids=LOST)
def test_lost_lines_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with duckdb.connect() as connection, pytest.raises(DagwayError, match=said):
        refuse_lost_lines(connection, str(tmp_path / "a.csv"))


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_nothing_is_lost(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with duckdb.connect() as connection:
        refuse_lost_lines(connection, str(tmp_path / "a.csv"))


def test_every_file_of_a_pattern_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "1.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (tmp_path / "2.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2,3\n4,5,6\n"))
    with (
        duckdb.connect() as connection,
        pytest.raises(DagwayError, match=r"2\.csv\.gz cannot be read: its line 1"),
    ):
        refuse_lost_lines(connection, str(tmp_path / "*.csv.gz"))
