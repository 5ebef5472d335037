from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.district.csvfile import Columns, read_rows
from auditor.errors import Problem

COLUMNS = Columns("some.csv", ("a", "b"), ("c",), free=("a", "b"))


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
            "some.csv:2: is not UTF-8 text (byte 0xe9): it seems to be Latin-1, where that is `é` "
            "(save it as `CSV UTF-8`, or as UTF-8 in an editor)",
        ),
        (
            "a,b\r1,Jos\xe9 \u2019\r".encode("cp1252"),
            "some.csv:2: is not UTF-8 text (byte 0xe9): it seems to be Windows-1252, where that is `é` "
            "(save it as `CSV UTF-8`, or as UTF-8 in an editor)",
        ),
        ("a,b\n1,2\n".encode("utf-16"), "some.csv:1: is UTF-16 text, not UTF-8 (save it as `CSV UTF-8`)"),
        ("a,b\n1,2\n".encode("utf-16-be"), "some.csv:1: is UTF-16 text, not UTF-8 (save it as `CSV UTF-8`)"),
        ("a,b\n1,2\n".encode("utf-32"), "some.csv:1: is UTF-32 text, not UTF-8 (save it as `CSV UTF-8`)"),
        (
            b"PK\x03\x04\x14\x00",
            "some.csv:1: is a spreadsheet's own file, not CSV (save it from the spreadsheet as `CSV UTF-8`)",
        ),
        (
            b"a,b\n1,2\n3,\0\n",
            "some.csv:3: holds a NUL byte "
            "(the file is damaged, or not text: take it from a backup or save it again)",
        ),
        (
            "sep=;\na;b\n",
            "some.csv:1: is a line for Excel, not the header "
            "(delete this line: the cells of these files are always separated by commas)",
        ),
        ("sep=;\na;b\n", "some.csv:2: has one column only (put commas between the cells)"),
        ("a|b\n", "some.csv:1: has one column only (put commas between the cells)"),
        ("a,b\n1;2\n", "some.csv:2: has 1 cells, the header has 2 (put commas between the cells)"),
        (
            "a,b\n\u201cone, two\u201d,3\n",
            "some.csv:2: has 3 cells, the header has 2 "
            "(typographic quotes don't hold a cell together: use straight ones)",
        ),
        (
            'a,b\n1, "two, three"\n',
            "some.csv:2: has 3 cells, the header has 2 (no space may stand between a comma and a quote)",
        ),
        (
            "a,b\n1,2\n#NAME?,3\n",
            "some.csv:3: begins with a formula that went wrong "
            "(mend the formula, or write what it should say; as it is, the line would pass for a comment)",
        ),
        ("a,b,d\n1,2,3\n", "some.csv:1: warning: unknown column `d` (it is not read)"),
    ],
)
def test_problems_have_a_line_and_a_hint(tmp_path: Path, data: str | bytes, problem: str) -> None:
    assert problem in read(tmp_path, data)[1]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("=1+1", "`c` '=1+1' begins as a formula does: a spreadsheet would run it (write the value itself)"),
        ("@SUM(A1)", "warning: `c` '@SUM(A1)' begins as a formula does: a spreadsheet would run it "
                     "(write the value itself)"),
        ("#REF!", "`c` '#REF!' is a formula that went wrong (write the value itself)"),
        ("\u201cE1\u201d", "`c` '\u201cE1\u201d' holds a quotation mark (leave out the \u201c)"),
        ("E\u200b1", "`c` 'E\\u200b1' holds an invisible character, U+200B (delete the cell and write it anew)"),
        ('"E1\n2"', "`c` 'E1\\n2' holds a line break (delete the cell and write it anew)"),
        ("E\ufffd", "`c` 'E\ufffd' holds a letter that was lost (the letter was lost when the file was saved in "
                    "another encoding: write it again)"),
    ],
)  # fmt: skip
def test_a_spoilt_cell(tmp_path: Path, cell: str, problem: str) -> None:
    assert read(tmp_path, f"a,b,c\n1,2,{cell}\n")[1] == [f"some.csv:2: {problem}"]


@pytest.mark.parametrize("cell", ["=HYPERLINK(A1)", "+cmd|' /C calc'!A0", "-A1", "@SUM(A1)", "\uff1d1"])
def test_free_text_that_a_spreadsheet_would_run_is_a_warning(tmp_path: Path, cell: str) -> None:
    (problem,) = read(tmp_path, f"a,b\n1,{cell}\n")[1]
    assert problem.startswith("some.csv:2: warning: `b` ")


@pytest.mark.parametrize(
    "cell",
    ["-", "--", "+1 (612) 555-0100", "-5", "@", "the school\u2019s \u201cown\u201d page", "a = b", " x "],
)
def test_what_is_no_formula(tmp_path: Path, cell: str) -> None:
    assert read(tmp_path, f"a,b\n1,{cell}\n")[1] == []


def test_rows_that_an_open_quote_has_swallowed_are_seen(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, 'a,b\n1,"open\n2,3\n4,shut"\n')[1]
    assert 'runs over several lines that look like rows (write it on one line; is a " missing' in problem


def test_a_comment_that_a_spreadsheet_put_in_quotes(tmp_path: Path) -> None:
    assert read(tmp_path, '"# one, two",,\na,b,c\n1,2,3\n"# more, of it",,\n') == (
        [(3, {"a": "1", "b": "2", "c": "3"})],
        [],
    )


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
    assert all(": warning: " in problem for problem in problems)
    assert [(row["a"], row["b"]) for _, row in rows] == table


@given(st.binary())
def test_any_bytes_give_rows_or_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    read(tmp_path_factory.mktemp("csv"), b"a,b\n" + data)
