"""What a catalogue says that nobody can have meant: `auditor signatures check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditor.errors import Problem
from auditor.identify.broad_suffixes import REGISTRY, SHARED_OWNERS, TENANTS
from auditor.identify.names import suffixes
from auditor.identify.reading import TUNNEL, Platform, Rule, read_folder


def check(folder: Path) -> list[Problem]:
    """Every problem of the catalogue in a folder, those that stop it from loading among them.

    Warnings are for what works and may be meant; nothing is raised.
    """
    reading = read_folder(folder)
    owners = {
        rule.suffix: (platform, rule) for platform in reversed(reading.platforms) for rule in platform.rules
    }
    problems = list(reading.problems)
    for platform in reading.platforms:
        problems += _without_visit(platform)
        problems += _idle_within(platform, owners)
        for rule in platform.rules:
            problems += _too_broad(platform, rule)
            problems += _overlap(platform, rule, owners)
    return problems


def _without_visit(platform: Platform) -> Iterator[Problem]:
    """A platform that no host can open a session of never shows in a finding."""
    if platform.category == TUNNEL:
        if not platform.rules:
            yield Problem(platform.where, f"{platform.id} has no host", 'tunnel = ["..."]')
    elif not any(rule.evidence == "visit" for rule in platform.rules):
        yield Problem(platform.where, f"{platform.id} has no visit host", "no session of it could ever begin")


def _too_broad(platform: Platform, rule: Rule) -> Iterator[Problem]:
    if rule.suffix in REGISTRY:
        yield Problem(rule.where, f"{rule.suffix} is a public suffix", "name a domain below it")
    elif rule.suffix in SHARED_OWNERS:
        what = f"{rule.suffix} holds hosts of many owners, not only of {platform.id}"
        yield Problem(rule.where, what, "name the platform's own host below it")
    elif rule.suffix in TENANTS and rule.evidence == "visit" and not platform.tenants:
        what = f"every customer's host under {rule.suffix} would be {platform.id}"
        yield Problem(rule.where, what, "write tenants = true if that is meant")


def _overlap(platform: Platform, rule: Rule, owners: dict[str, tuple[Platform, Rule]]) -> Iterator[Problem]:
    """Compare a rule with the next shorter one above it."""
    above = next((suffix for suffix in _above(rule.suffix) if suffix in owners), None)
    if above is None:
        return
    other, shorter = owners[above]
    if other.id != platform.id:
        if above not in platform.within:
            what = f"{rule.suffix} ({platform.id}) takes hosts from {above} of {other.id} in {shorter.where}"
            yield Problem(rule.where, what, f'write within = ["{above}"] if that is meant', "warning")
    elif shorter.evidence == rule.evidence:
        yield Problem(rule.where, f"{rule.suffix} changes nothing beside {above}", "leave it out", "warning")


def _idle_within(platform: Platform, owners: dict[str, tuple[Platform, Rule]]) -> Iterator[Problem]:
    """A `within` must name another platform's rule that some rule of this one lies under."""
    above = {suffix for rule in platform.rules for suffix in _above(rule.suffix)}
    for suffix in platform.within:
        if suffix not in above or suffix not in owners or owners[suffix][0].id == platform.id:
            what = f"no host of {platform.id} lies within {suffix} of another platform"
            yield Problem(platform.where, what, "leave it out", "warning")


def _above(suffix: str) -> list[str]:
    return list(suffixes(suffix))[1:]
