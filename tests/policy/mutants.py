"""Small faults put into the policy, one at a time: the cases or the second opinion must notice each.

`make mutants`, or `python tests/policy/mutants.py [WORDS]` for those whose file or text holds the words. Each
runs on a copy of the program. What survives is a rule that nothing tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORLDS = 250  # at most, of each mutant

# The file below auditor/, what stands there (once), what is put in its place.
MUTANTS = (
    ("policy/sources/traffic.sql", "t.minute >= s.start_minute", "t.minute > s.start_minute"),
    ("policy/sources/traffic.sql", "t.minute < s.end_minute", "t.minute <= s.end_minute"),
    ("policy/sources/traffic.sql", "('visit', 'content')", "('visit', 'content', 'embed')"),
    ("policy/facts/active_minute.sql", ">= MAX(s.active_bytes)", "> MAX(s.active_bytes)"),
    ("policy/facts/active_minute.sql", "('employee', 'unattributed')", "('employee', 'unattributed', 'guest')"),
    ("policy/facts/run_minute.sql", "<= s.idle_minutes", "< s.idle_minutes"),
    ("policy/facts/session_minute.sql", "HAVING MAX(visit) = 1", "HAVING MAX(visit) >= 0"),
    ("policy/facts/device_traffic.sql", "t.minute >= d.from_minute", "t.minute > d.from_minute"),
    ("policy/facts/device_traffic.sql", "t.minute < d.to_minute", "t.minute <= d.to_minute"),
    ("policy/facts/device_traffic.sql", "OR NOT d.randomised", "OR TRUE"),
    ("policy/facts/laid_traffic.sql", "THEN 'not_staff'", "THEN 'unattributed'"),
    ("policy/facts/laid_traffic.sql", "WHEN t.two_named THEN -t.device_holding", ""),
    ("policy/facts/held_address.sql", "> 16", ">= 16"),
    ("policy/facts/held_address.sql", "l.to_minute) AS holds", "l.to_minute + 1) AS holds"),
    ("policy/facts/held_address.sql", "t.minute < l.to_minute + l.skew", "t.minute < l.to_minute"),
    ("policy/facts/standing_lease.sql", "END >= a.since_minute", "END > a.since_minute"),
    ("policy/facts/standing_lease.sql", "OR (a.claim AND NOT other.claim)", ""),
    ("policy/facts/standing_lease.sql", "a.minute < a.since_minute + a.skew", "FALSE"),
    ("policy/facts/logged_on.sql", "              >= a.from_minute", "              > a.from_minute"),
    ("policy/facts/logged_on.sql", "a.minute < a.from_minute + a.skew", "FALSE"),
    ("policy/facts/named_traffic.sql", "AND NOT t.hidden", ""),
    ("policy/facts/named_traffic.sql", "OR n.last_person <> t.holder_person", ""),
    ("policy/facts/duty_minute.sql", "m.minute >= d.start_minute", "m.minute > d.start_minute"),
    ("policy/facts/duty_minute.sql", "m.minute < d.end_minute", "m.minute <= d.end_minute"),
    ("policy/facts/school_minute.sql", "m.minute < t.end_minute", "m.minute <= t.end_minute"),
    ("policy/clauses/prong.sql", "WHEN s.school_hours_decide THEN", "WHEN NOT s.school_hours_decide THEN"),
    ("policy/clauses/prong.sql", "(m.ownership = 'district')", "(m.ownership <> 'personal')"),
    ("policy/clauses/approved_tool.sql", " OR p.all_approved = 1", ""),
    ("policy/clauses/prohibited.sql", "AND NOT p.approved", ""),
    ("policy/clauses/prohibited.sql", "p.standing = 'employee'", "TRUE"),
    ("policy/clauses/excuse.sql", "m.minute >= e.start_minute", "m.minute > e.start_minute"),
    ("policy/clauses/excuse.sql", "m.minute < e.end_minute", "m.minute <= e.end_minute"),
    ("policy/clauses/excuse.sql", "AND e.fault = ''", ""),
    ("policy/clauses/excuse.sql", "e.approved_minute <= m.minute", "e.approved_minute < m.minute"),
    ("policy/clauses/excuse.sql", "(e.device_id = '' OR e.device_id = m.device_id)", "TRUE"),
    ("policy/clauses/excuse.sql", "AND e.category = m.category", ""),
    ("policy/clauses/session.sql", "CASE WHEN minute = first_minute THEN site END", "site"),
    ("policy/clauses/session.sql", "COUNT(school_hours) = COUNT(*)", "COUNT(school_hours) > 0"),
    ("policy/clauses/session.sql", "AND MAX(content) = 0", ""),
    ("policy/clauses/finding.sql", "n.prohibited_minutes = n.excepted_minutes THEN", "n.excepted_minutes > 0 THEN"),
    ("policy/clock.py", "in (day - _DAY, day)\n        for shift", "in (day,)\n        for shift"),
    ("policy/clock.py", "(*own, STAFF, \"\")", "(STAFF, *own, \"\")"),
    ("policy/clock.py", "for place in (site, EVERY_SITE)", "for place in (EVERY_SITE, site)"),
    ("policy/clock.py", "special.kind == \"no_work\"", "special.kind != \"use_schedule\""),
    ("policy/clock.py", "            if row.covers(day):", "            if True:"),
    ("policy/clock.py", "begins.weekday() not in exception.weekdays", "day.weekday() not in exception.weekdays"),
    ("policy/clock.py", "    if end <= start:", "    if end < start:"),
    ("policy/tables.py", "begins > reach", "begins >= reach"),
    ("policy/tables.py", "tool.valid_from <= day", "tool.valid_from < day"),
    ("policy/tables.py", "day <= tool.valid_to", "day < tool.valid_to"),
    ("district/rows.py", "if row.covers(day)), None)", "), None)"),
    ("district/validity.py", "approver == exception.employee_id", "approver == \"\""),
    ("district/validity.py", "row.supervisor_id != approver", "False"),
    ("district/validity.py", "\"\" if any(map(str.isalnum, exception.purpose)) else", "\"\" if True else"),
    ("district/validity.py", "if end > first_minute(", "if end >= first_minute("),
    ("district/validity.py", "    if end is None:\n        return", "    if end is None:\n        return \"\" and"),
    ("district/values.py", "midnight(moment + timedelta(days=1), zone)", "midnight(moment, zone)"),
    ("district/localtime.py", "tzinfo=place, fold=0))  # of", "tzinfo=place, fold=1))  # of"),
    ("district/localtime.py", "return tomorrow if minute >= midnight(tomorrow, zone) else day", "return day"),
)  # fmt: skip


def main(words: str) -> int:
    """Prints what killed each mutant; the number of those that survived is the exit code."""
    survived = 0
    for number, (file, old, new) in enumerate(MUTANTS):
        if words not in file and words not in old:
            continue
        verdict = verdict_on(file, old, new)
        survived += not verdict
        print(f"{number:2} {file}: {old.strip()!r} -> {new.strip()!r}: {verdict or 'SURVIVED'}", flush=True)
    return survived


def verdict_on(file: str, old: str, new: str) -> str:
    """What noticed the mutant; "" where nothing did."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "auditor", copy / "auditor", ignore=shutil.ignore_patterns("__pycache__"))
        path = copy / "auditor" / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            return f"STALE: {old!r} stands {text.count(old)} times in it; change the list of mutants"
        path.write_text(text.replace(old, new), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, __file__, "--judge"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": folder},
            capture_output=True,
            text=True,
            check=False,
        )
        return run.stdout.strip() or ("" if run.returncode == 0 else run.stderr.strip().splitlines()[-1])


def judge() -> str:
    """What first notices that this copy of the program is spoilt: some made-up worlds, the cases, more worlds."""
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    import test_cases
    import test_second_opinion
    from worlds import made_world

    def worlds(seeds: range) -> str:
        found = (seed for seed in seeds if test_second_opinion.difference(made_world(seed)))
        return next((f"world {seed}" for seed in found), "")

    def case() -> str:
        for folder in test_cases.CASES:
            with tempfile.TemporaryDirectory() as district:
                try:
                    test_cases.test_case(folder, Path(district))
                except Exception:  # whatever it is, the case does not hold
                    return f"case {folder.name}"
        return ""

    return worlds(range(60)) or case() or worlds(range(60, WORLDS))


if __name__ == "__main__":
    if sys.argv[1:] == ["--judge"]:
        print(judge())
    else:
        sys.exit(min(main(" ".join(sys.argv[1:])), 100))
