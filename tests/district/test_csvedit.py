from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.district.csvedit import CsvText
from auditor.district.csvfile import Columns, rows_of

COLUMNS = Columns("some.csv", ("id", "to"), ("note",), free=("id", "to", "note"))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("id,to\n1,2\n", "a,b\n"),
        ("id,to\r\n1,2\r\n", "a,b\r\n"),
        ("id,to\r1,2\r", "a,b\r"),
        ("id,to\n1,2", "\na,b\n"),
        ("id,to\r\n1,2", "\r\na,b\r\n"),
        ("# comment, with a comma\n\n TO , more,Id\n2,,1\n\n# end\n\n", "b,,a\n"),
        ("id,to", "\na,b\n"),
    ],
)
def test_a_row_goes_to_the_end_and_all_else_stays(text: str, row: str) -> None:
    assert CsvText(text).with_row({"id": "a", "to": "b"}) == text + row


@pytest.mark.parametrize(
    ("text", "line", "after"),
    [
        ("id,to,note\n1, 2 ,x\n", 2, "id,to,note\n1,NEW,x\n"),
        ("id,to\r\n1,\r\n", 2, "id,to\r\n1,NEW\r\n"),
        ("id,to\n1,2", 2, "id,to\n1,NEW"),
        ('note,to,id\n"a ""b"", c",,1\n', 2, 'note,to,id\n"a ""b"", c",NEW,1\n'),
        ('note,to,id\n"a\n# b\nc","2",1\n3,4,5\n', 2, 'note,to,id\n"a\n# b\nc",NEW,1\n3,4,5\n'),
        ('note,to,id\n"a\n# b\nc","2",1\n3,4,5\n', 5, 'note,to,id\n"a\n# b\nc","2",1\n3,NEW,5\n'),
    ],
)
def test_a_cell_changes_and_all_else_stays(text: str, line: int, after: str) -> None:
    assert CsvText(text).with_cell(line, "to", "NEW") == after


def test_a_row_without_that_cell() -> None:
    with pytest.raises(csv.Error):
        CsvText("id,to\n1\n").with_cell(2, "to", "x")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0")).map(lambda text: text.strip())


@given(
    st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1),
    st.data(),
    texts,
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_edited_is_read(rows: list[list[str]], data: st.DataObject, value: str, end: str) -> None:
    rows = [["x" + row[0], *row[1:]] for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["id", "to", "note"], *rows])
    before = rows_of(text.getvalue(), COLUMNS, [])
    lines = [row.line for row in before]
    place = data.draw(st.integers(0, len(rows) - 1))
    changed = CsvText(text.getvalue()).with_cell(lines[place], "note", value)
    rows[place][2] = value
    added = {"id": "new", "to": value, "note": ""}
    found = [row.cells for row in rows_of(CsvText(changed).with_row(added), COLUMNS, [])]
    assert found == [*(dict(zip(("id", "to", "note"), row, strict=True)) for row in rows), added]
