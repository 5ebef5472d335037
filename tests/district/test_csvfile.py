from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.district.csvfile import Columns, read_rows
from auditor.errors import Problem

COLUMNS = Columns("some.csv", ("a", "b"), ("c",))


def read(folder: Path, data: str | bytes) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Rows as (line, cells), and problems as the user reads them."""
    (folder / "some.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    problems: list[Problem] = []
    rows = [(row.line, row.cells) for row in read_rows(folder, COLUMNS, problems)]
    return rows, [str(problem) for problem in problems]


def test_columns_go_by_name(tmp_path: Path) -> None:
    assert read(tmp_path, "c, B ,a\n3,2,1\n") == ([(2, {"a": "1", "b": "2", "c": "3"})], [])


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfa,b\r\n1,2\r\n") == ([(2, {"a": "1", "b": "2"})], [])


def test_empty_lines_and_comments_are_no_rows(tmp_path: Path) -> None:
    text = '# what this is, "and why\n\na,b\n\n# more\n1,2\n,,\n  \n3,4'
    assert read(tmp_path, text) == ([(6, {"a": "1", "b": "2"}), (9, {"a": "3", "b": "4"})], [])


def test_lines_stay_true_after_a_cell_with_line_breaks(tmp_path: Path) -> None:
    text = 'a,b\n"one\n# not a comment\n\nend",2\n3,"say ""x"""\n'
    rows, problems = read(tmp_path, text)
    assert [line for line, _ in rows] == [2, 6]
    assert rows[0][1]["a"] == "one\n# not a comment\n\nend"
    assert rows[1][1]["b"] == 'say "x"'
    assert problems == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", "some.csv:1: is empty (its first line is `a,b,c`)"),
        ("# nothing\n", "some.csv:1: is empty (its first line is `a,b,c`)"),
        ("\na,x\n1,2\n", "some.csv:2: column `b` is missing (the header is `a,b,c`)"),
        ("a,b,a\n", "some.csv:1: column `a` comes twice (keep one of them)"),
        ("a;b\n1;2\n", "some.csv:1: has one column only (put commas between the cells)"),
        ("a,b\n1\n", "some.csv:2: has 1 cells, the header has 2 (is there a comma too many or too few?)"),
        (
            "a,b\n\n1,2,3\n",
            "some.csv:3: has 3 cells, the header has 2 (is there a comma too many or too few?)",
        ),
        (
            'a,b\n1,2\n3,"open\n4,5\n',
            "some.csv:3: is not CSV from here on: unexpected end of data "
            '(a cell that begins with " ends with "; a " inside it is written twice)',
        ),
        (
            "a,b\n1,Jos\xe9\n".encode("latin-1"),
            "some.csv:2: is not UTF-8 text (byte 0xe9) (save it as `CSV UTF-8`, or as UTF-8 in an editor)",
        ),
        ("a,b\n1,2\n".encode("utf-16"), "some.csv:1: is UTF-16 text, not UTF-8 (save it as `CSV UTF-8`)"),
        ("a,b,d\n1,2,3\n", "some.csv:1: warning: unknown column `d` (it is not read)"),
    ],
)
def test_problems_have_a_line_and_a_hint(tmp_path: Path, data: str | bytes, problem: str) -> None:
    assert problem in read(tmp_path, data)[1]


def test_an_unknown_column_like_a_known_one(tmp_path: Path) -> None:
    columns = Columns("some.csv", ("employee_id",), ("valid_from",))
    (tmp_path / "some.csv").write_text("employee_id,valid_form\nE1,\n")
    problems: list[Problem] = []
    assert len(list(read_rows(tmp_path, columns, problems))) == 1
    assert [str(one) for one in problems] == [
        "some.csv:1: warning: unknown column `valid_form` (did you mean `valid_from`?)"
    ]


def test_empty_cells_beyond_the_header_do_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,2,,\n") == ([(2, {"a": "1", "b": "2"})], [])


def test_a_missing_file(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert list(read_rows(tmp_path, COLUMNS, problems)) == []
    assert [str(one) for one in problems] == [
        "some.csv: there is no such file in the district folder (its first line is `a,b,c`)"
    ]


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "some.csv").mkdir()
    problems: list[Problem] = []
    assert list(read_rows(tmp_path, COLUMNS, problems)) == []
    assert [one.where for one in problems] == ["some.csv"]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0#"), min_size=1).filter(
    lambda cell: cell.strip() == cell
)


@given(st.lists(st.tuples(cells, cells)))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *table])
    rows, problems = read(folder, text.getvalue())
    assert problems == []
    assert [(row["a"], row["b"]) for _, row in rows] == table


@given(st.binary())
def test_any_bytes_give_rows_or_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    read(tmp_path_factory.mktemp("csv"), b"a,b\n" + data)
