"""Whom the user names of a network log-on (802.1X, RADIUS User-Name) belong to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

from auditor.district.rows import StaffRow

# Realms of others, whatever the rest of the name: `STUDENTS\\jdoe` is not the teacher jdoe.
_OTHERS = re.compile(r"student|pupil|guest|visitor|parent|alumni")


class UserNames:
    """Employees by the names they may log on with, upper and lower case alike.

    These are, in this order: the column `username` of staff.csv, the employee_id, the e-mail address, and what
    stands before its `@`. A name that may be two employees' is nobody's.
    """

    def __init__(self, staff: Iterable[StaffRow], realms: Collection[str] = ()) -> None:
        """`realms` are DNS domains whose users are staff, besides the domains of their e-mail addresses."""
        self._ids: defaultdict[str, set[str]] = defaultdict(set)
        self._locals: defaultdict[str, set[str]] = defaultdict(set)
        self._realms = {realm.casefold() for realm in realms}
        for row in staff:
            for name in (row.username, row.employee_id, row.email):
                if name:
                    self._ids[name.casefold()].add(row.employee_id)
            local, at, domain = row.email.casefold().rpartition("@")
            if at:
                self._locals[local].add(row.employee_id)
                self._realms.add(domain)

    def employee(self, user: str) -> str:
        """The employee_id behind a RADIUS User-Name; '' where it is no employee's.

        A Windows domain (`DOMAIN\\user`) and a realm (`user@realm`, RFC 7542) are taken off, but for a realm of
        somebody else: a DNS domain in which staff have no e-mail addresses, or one that is named after others.
        """
        name = user.strip().casefold()
        if found := self._of(name):
            return found
        domain, _, rest = name.rpartition("\\")
        local, _, realm = rest.partition("@")
        if _OTHERS.search(domain) or _OTHERS.search(realm) or ("." in realm and realm not in self._realms):
            return ""
        return self._of(rest) or self._of(local)

    def _of(self, name: str) -> str:
        """Whose the name is without anything taken off; one that is written down counts before part of an address."""
        found = self._ids.get(name) or self._locals.get(name) or set()
        return next(iter(found)) if len(found) == 1 else ""
