"""Makes the pictures of README.md anew: python docs/pictures/make.py, in the checkout's virtual environment.

Needs chromium and pngquant (apt-get install chromium pngquant). Look at the pictures before you commit them.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from rich.console import Console

from auditor import pipeline
from auditor.report.summary import demo_summary

HERE = Path(__file__).resolve().parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
]
# report -> width and height of the part that is shown, in pixels
PAGES = {"aggregate": (900, 1160), "nightly": (1000, 1330)}
TERMINAL = (980, 1100)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        aside = Path(name)
        made = pipeline.demo(aside / "demo")
        for path in made.reports:
            report = path.name.partition("_")[0]
            if path.suffix == ".html":
                shoot(path, report, PAGES[report], aside)
        console = Console(record=True, width=76, file=(aside / "summary.txt").open("w"), force_terminal=True)
        shown = [path.relative_to(aside) for path in made.reports]
        console.print(demo_summary(made.inputs, shown))
        console.save_svg(str(aside / "summary.svg"), title="make demo")
        shoot(aside / "summary.svg", "terminal", TERMINAL, aside)


def shoot(page: Path, name: str, size: tuple[int, int], aside: Path) -> None:
    """A picture of the page's upper part, in few colours."""
    target = HERE / f"{name}.png"
    window = "--window-size={},{}".format(*size)
    where = [f"--user-data-dir={aside / 'profile'}", f"--screenshot={target}", window, page.as_uri()]
    subprocess.run(["chromium", *FLAGS, *where], check=True, capture_output=True, timeout=120)
    subprocess.run(["pngquant", "--force", "--strip", "--output", str(target), "64", str(target)], check=True)


if __name__ == "__main__":
    main()
