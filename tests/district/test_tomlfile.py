from __future__ import annotations

from pathlib import Path

import pytest

from auditor.district.settings import Settings
from auditor.district.tomlfile import Lines, read_settings
from auditor.errors import Problem


def read(folder: Path, text: str) -> tuple[Settings, list[str]]:
    (folder / "auditor.toml").write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    settings, _ = read_settings(folder, problems)
    return settings, [str(problem) for problem in problems]


def test_every_key_has_a_default(tmp_path: Path) -> None:
    settings, problems = read(tmp_path, "")
    assert problems == []
    assert settings.district.timezone == "America/Chicago"
    assert settings.policy.enforce == ("work_time", "equipment", "wifi")
    assert (settings.policy.exception_max_days, settings.privacy.minimum_cell) == (180, 10)
    usage = settings.usage
    assert (usage.idle_minutes, usage.active_bytes, usage.dns_grace_seconds) == (5, 2000, 300)
    assert settings.storage.warehouse == "warehouse"
    assert settings.sensors == ()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    text = """
        [district]
        name = "Willow"
        timezone = "Asia/Kolkata"
        [policy]
        enforce = ["wifi"]
        [[sensors]]
        name = "hs-1"
        site = "hs"
        captures = "captures/*.pcap"
        sees_client_mac = false
        networks = ["10.1.2.3/16", "fd00::/8"]
    """
    settings, problems = read(tmp_path, text)
    assert problems == []
    assert settings.district.name == "Willow"
    assert settings.policy.enforce == ("wifi",)
    sensor = settings.sensors[0]
    assert (sensor.name, sensor.site, sensor.captures, sensor.sees_client_mac) == (
        "hs-1",
        "hs",
        "captures/*.pcap",
        False,
    )
    assert sensor.networks == ("10.1.0.0/16", "fd00::/8")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[usage]\nidel_minutes = 3\n",
            "auditor.toml:2: unknown key `usage.idel_minutes` (did you mean `idle_minutes`?)",
        ),
        (
            "[privacy]\nzzz = 3\n",
            "auditor.toml:2: unknown key `privacy.zzz` (known here: minimum_cell)",
        ),
        ("[mail]\nto = 'x'\n", "auditor.toml:2: unknown key `mail.to` (there are no keys here)"),
        ("\n[polcy]\n", "auditor.toml:2: unknown section or key `polcy` (did you mean `policy`?)"),
        (
            '[usage]\n# five\nidle_minutes = "5"\n',
            "auditor.toml:3: `usage.idle_minutes` is a text (write a whole number without quotes)",
        ),
        (
            "[usage]\nidle_minutes = true\n",
            "auditor.toml:2: `usage.idle_minutes` is true or false (write a whole number without quotes)",
        ),
        (
            "[usage]\nidle_minutes = 2.5\n",
            "auditor.toml:2: `usage.idle_minutes` is a number with a fraction "
            "(write a whole number without quotes)",
        ),
        (
            "[usage]\nidle_minutes = -1\n",
            "auditor.toml:2: `usage.idle_minutes`: -1 can't be used "
            "(input should be greater than or equal to 0)",
        ),
        (
            "usage = 5\n",
            "auditor.toml:1: `usage` is a number (write a section of keys)",
        ),
        (
            '[policy]\nenforce = "wifi"\n',
            'auditor.toml:2: `policy.enforce` is a text (write a list in brackets, such as ["one", "two"])',
        ),
        (
            '[policy]\nenforce = [\n  "wifi",\n  "worktime",\n]\nexception_max_days = 1\n',
            "auditor.toml:2: `policy.enforce[2]`: 'worktime' is not known (did you mean `work_time`?)",
        ),
        (
            '[district]\nname = "x"\ntimezone = "America/Chcago"\n',
            "auditor.toml:3: `district.timezone`: 'America/Chcago' is not a known time zone "
            "(did you mean `America/Chicago`?)",
        ),
        (
            '[district]\ntimezone = "chicago"\n',
            "auditor.toml:2: `district.timezone`: 'chicago' is not a known time zone "
            "(did you mean `America/Chicago`?)",
        ),
        (
            '[district]\ntimezone = "../etc/passwd"\n',
            "auditor.toml:2: `district.timezone`: '../etc/passwd' is not a known time zone "
            "(an IANA name such as `America/Chicago`)",
        ),
        (
            "[[sensors]]\nname = 'a'\ncaptures = 'x'\n[[sensors]]\nname = 'b/c'\ncaptures = 'x'\n",
            "auditor.toml:5: `sensors[2].name`: 'b/c' can't be used as a name "
            "(letters, digits, dots, hyphens and underscores, without spaces)",
        ),
        (
            "[[sensors]]\nname = 'a'\ncaptures = 'x'\n\n[[sensors]]\nsite = 'hs'\n",
            "auditor.toml:5: `sensors[2].name` is missing (add `name = ...`)",
        ),
        (
            "[[sensors]]\nname = 'a'\ncaptures = 'x'\nnetworks = ['10.0.0.0/40']\n",
            "auditor.toml:4: `sensors[1].networks[1]`: '10.0.0.0/40' is not a network "
            "(an address and a prefix length, such as `10.20.0.0/16`)",
        ),
        (
            "[[sensors]]\nname = 'a'\ncaptures = 'x'\n[[sensors]]\nsite = 'x'\nname = 'a'\ncaptures = 'y'\n",
            "auditor.toml:6: sensor `a` is already named on line 2 (each sensor needs a name of its own)",
        ),
        (
            "[[sensors]]\nname = 'a'\n",
            'auditor.toml:2: sensor `a` has no `captures` (add `captures = "captures/a/*.pcap*"`)',
        ),
    ],
)
def test_problems_have_a_line_and_a_hint(tmp_path: Path, text: str, problem: str) -> None:
    assert read(tmp_path, text)[1] == [problem]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[district]\nname = "x\n[policy]\n', 2),
        ("[usage]\nidle_minutes = 5\nidle_minutes = 6\n", 3),
        ("[usage\n", 1),
        ('[district]\nname = """x\ny\n', 3),  # ends in the open
    ],
)
def test_what_is_not_toml_has_its_line(tmp_path: Path, text: str, line: int) -> None:
    (problem,) = read(tmp_path, text)[1]
    assert problem.startswith(f"auditor.toml:{line}: is not TOML: ")
    assert problem.endswith('(keys look like `name = "text"` or `number = 5`)')


def test_all_problems_come_at_once_in_any_order(tmp_path: Path) -> None:
    text = '[usage]\nidle_minutes = "x"\n[district]\ntimezone = 5\nnaem = "x"\n'
    assert [problem.split(" ")[0] for problem in read(tmp_path, text)[1]] == [
        "auditor.toml:4:",
        "auditor.toml:5:",
        "auditor.toml:2:",
    ]


def test_a_good_time_zone_is_kept_beside_other_mistakes(tmp_path: Path) -> None:
    settings, problems = read(tmp_path, '[district]\ntimezone = "Asia/Tokyo"\n[usage]\nx = 1\n')
    assert len(problems) == 1
    assert settings.district.timezone == "Asia/Tokyo"


def test_a_missing_file(tmp_path: Path) -> None:
    problems: list[Problem] = []
    read_settings(tmp_path, problems)
    assert [str(one) for one in problems] == [
        "auditor.toml: there is no such file in the district folder "
        "(`auditor init DIR` writes a starter district folder)"
    ]


def test_lines_of_keys() -> None:
    text = (
        "top = 1\n"
        '[a]\nlist = [\n  "x = 1",\n]\n\ntext = """\n[b]\nkey = 2\n"""\nlast = 1\n'
        "[[a.many]]\nk = 1\n[[a.many]]\nk = 2\n[a.many.sub]\nz = 1\n"
        "[b]\nx.y = {deep = 1}\n"
    )
    lines = Lines(text)
    expected = {
        ("top",): 1,
        ("a",): 2,
        ("a", "list"): 3,
        ("a", "text"): 7,
        ("a", "last"): 11,
        ("a", "many", 0, "k"): 13,
        ("a", "many", 1, "k"): 15,
        ("a", "many", 1, "sub", "z"): 17,
        ("b",): 18,
        ("b", "x", "y", "deep"): 19,
        ("a", "list", 0): 3,
        ("nowhere",): 1,
    }
    assert {path: lines.of(path) for path in expected} == expected
