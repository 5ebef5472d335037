from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from auditor.district import STARTER, Settings, check_folder, init_district, load_district
from auditor.district.settings import SensorSection, SiteSection
from auditor.errors import BadInput

PLATFORMS, CATEGORIES = frozenset({"youtube", "edublogs"}), frozenset({"video"})


def test_the_starter_has_neither_errors_nor_warnings(tmp_path: Path) -> None:
    init_district(tmp_path / "new" / "district")
    assert check_folder(tmp_path / "new" / "district", PLATFORMS, CATEGORIES) == ()


def test_the_starter_shows_every_key_at_its_default(folder: Path) -> None:
    text = (folder / "auditor.toml").read_text()
    shown = set(re.findall(r"^(\w+) = ", text, re.M))
    sections = [field.default for field in Settings.model_fields.values()]
    keys = {key for section in sections if section for key in type(section).model_fields}
    assert shown == keys | set(SensorSection.model_fields) | set(SiteSection.model_fields)
    settings = load_district(folder).settings
    assert settings == Settings(sensors=settings.sensors, sites=settings.sites)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    init_district(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in STARTER.iterdir()} | {"captures", "leases"}


def test_another_template_gives_its_settings_and_tables_only(tmp_path: Path) -> None:
    template = tmp_path / "template"
    shutil.copytree(STARTER, template)
    (template / "captures").mkdir()
    (template / "captures" / "big.pcap").write_bytes(b"x")
    (template / "pseudonym.key").write_text("secret")
    (template / "staff.csv").write_text("mine")
    init_district(tmp_path / "new", template)
    assert not (tmp_path / "new" / "pseudonym.key").exists()
    assert list((tmp_path / "new" / "captures").iterdir()) == []
    assert (tmp_path / "new" / "staff.csv").read_text() == "mine"


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput) as caught:
        init_district(tmp_path)
    assert str(caught.value) == f"{tmp_path}: holds files already (give a new or an empty folder)"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="is a file"):
        init_district(tmp_path / "file")
    with pytest.raises(BadInput, match="can't be written"):
        init_district(tmp_path / "file" / "district")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("existed", [False, True])
@pytest.mark.parametrize("calls", range(1, 8))
def test_a_failure_at_any_step_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existed: bool, calls: int
) -> None:
    target = tmp_path / "district"
    if existed:
        target.mkdir()
    rename, made = Path.rename, []

    def failing(self: Path, to: Path) -> Path:
        made.append(to)
        if len(made) == calls:
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(BadInput, match="No space left on device"):
        init_district(target)
    assert target.exists() is existed
    assert not existed or list(target.iterdir()) == []
