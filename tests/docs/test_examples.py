"""What the documents show and name is so: examples run, verbs, options, links and paths exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from auditor import pipeline
from auditor.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
OWN_READMES = sorted(ROOT / name / "README.md" for name in ("reports", "signatures", "sample_pcaps"))
READ_BY_USERS = sorted(
    path
    for top in (*PAGES, ROOT / "docs", ROOT / "reports", ROOT / "signatures", ROOT / "auditor" / "policy")
    for path in ([top] if top.is_file() else top.rglob("*"))
    if path.suffix in {".md", ".j2", ".toml", ".sql", ".css", ".csv"}
)
NOT_YET = {"purge"}  # named only to say that they are not there
MADE = {"bench/history.csv"}  # written by `make bench`
TOPS = {"auditor", "bench", "docs", "reports", "sample_pcaps", "signatures", "tests", ".ci"}

CONSOLE = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)|\bsrc=\"([^\"]+)\"")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what `make demo` writes to `demo/`."""
    folder = tmp_path_factory.mktemp("examples")
    pipeline.demo(folder / "demo")
    return folder


def examples(page: Path) -> Iterator[tuple[str, str]]:
    """Commands and what the page says that they print."""
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = example.partition("\n")
            yield command, shown


WITH_EXAMPLES = [page for page in PAGES if any(examples(page))]


def matches(shown: str, printed: str) -> bool:
    """Whether the text was printed as shown; a line `...` stands for any lines."""
    lines = [r"(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in shown.splitlines()]
    text = "".join(line.rstrip() + "\n" for line in printed.splitlines())
    return re.fullmatch("".join(lines), text) is not None


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=named)
def test_examples_print_what_is_shown(page: Path, home: Path) -> None:
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command, shown in examples(page):
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=home,
            env={**os.environ, "PATH": here},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert matches(shown, run.stdout), f"{command}\nprinted:\n{run.stdout}\nshown:\n{shown}"


def test_examples_are_compared() -> None:
    assert matches("a\n...\nc\n", "a\nb\nb\nc\n")
    assert matches("a\n...\n", "a\n")
    assert not matches("a\n", "a\nb\n")
    assert not matches("a\nb\n", "a\n")
    assert not matches("a.c\n", "abc\n")
    assert sum(len(list(examples(page))) for page in PAGES) >= 10


def verbs() -> dict[str, set[str]]:
    """Options by verb; verbs of two words by both."""
    found: dict[str, set[str]] = {}

    def add(name: str, command: object) -> None:
        options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}  # type: ignore[attr-defined]
        found[name] = {option for option in options if option.startswith("-")} | {"--help"}
        for part, inner in getattr(command, "commands", {}).items():
            add(f"{name} {part}".strip(), inner)

    add("", typer.main.get_command(app))
    return found


VERBS = verbs()
ALL_OPTIONS = set().union(*VERBS.values())


def commands(text: str) -> Iterator[list[str]]:
    """The words behind `auditor` in examples and in code within a line."""
    fenced = "".join(FENCED.findall(text))
    plain = FENCED.sub("", text)
    indented = re.findall(r"^ {4}(.+)$", plain, re.MULTILINE)
    lines = [*fenced.replace("\\\n", " ").splitlines(), *indented, *SPAN.findall(plain)]
    for line in lines:
        for part in re.split(r"[|;]|&&|2?>", line.removeprefix("$ ").strip()):
            called = re.match(r"(?:\S*/)?auditor (.+)", part.strip())
            if called:
                yield shlex.split(called[1], comments=True)


@pytest.mark.parametrize("page", [*PAGES, *OWN_READMES], ids=named)
def test_verbs_and_options_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for words in commands(text):
        verb = " ".join(words[:2]) if words[0] in ("exceptions", "signatures") and words[1:] else words[0]
        if words[0].startswith("-"):
            verb = ""
        assert verb in VERBS or verb in NOT_YET, words
        options = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert options <= VERBS.get(verb, set()), words
    bare = {span.split()[0] for span in SPAN.findall(FENCED.sub("", text)) if span.startswith("--")}
    assert bare <= ALL_OPTIONS


def test_what_is_said_to_be_missing_is_missing() -> None:
    assert not NOT_YET & set(VERBS)


def test_the_readme_names_every_verb() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in VERBS:
        word = verb.split()[-1] if verb else "auditor"
        assert re.search(rf"(\*\*|`|auditor |make ){word}\b", text), verb


@pytest.mark.parametrize("page", [*PAGES, *OWN_READMES], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for groups in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        link = groups[0] or groups[1]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target), link


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_paths_exist(page: Path) -> None:
    for span in SPAN.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if (
            span in MADE
            or span.split("/")[0] not in TOPS
            or "/" not in span
            or re.search(r"[\s=<>{}A-Z]{2}|\s", span)
        ):
            continue
        found = list(ROOT.glob(span.rstrip("/"))) if "*" in span else [ROOT / span]
        assert found, span
        assert all(path.exists() for path in found), span


@pytest.mark.parametrize("path", READ_BY_USERS, ids=named)
def test_the_word_is_not_used(path: Path) -> None:
    """It is use without a matching approval; the program can't know more."""
    assert "viol" + "ation" not in path.read_text(encoding="utf-8").lower()
