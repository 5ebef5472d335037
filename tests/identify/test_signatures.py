"""What the shipped catalogue must say, whatever else changes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.identify.catalogue import Catalogue, load_catalogue
from auditor.identify.check import check
from auditor.identify.reading import CATEGORIES
from auditor.shipped import shipped

HERE = Path(__file__).parent

# III.A of the policy, in its order: its kinds of media, and the platforms it names.
KINDS = {
    "websites, web logs": "blog",
    "wikis": "wiki",
    "social networks": "social_network",
    "online forums": "forum",
    "virtual worlds": "virtual_world",
}
NAMED = {
    "instagram": "photo or social_network",
    "snapchat": "social_network",
    "vsco": "photo",
    "x": "social_network",
    "pinterest": "social_network",
    "facebook": "social_network",
    "linkedin": "social_network",
    "flickr": "photo",
    "youtube": "video",
}

TRAPS = {
    "fbcdn.net": "shared",
    "graph.facebook.com": "shared",
    "ggpht.com": "shared",
    "lh3.googleusercontent.com": "shared",
    "upload.wikimedia.org": "shared",
    "cdninstagram.com": "content",
    "googlevideo.com": "content",
    "ytimg.com": "content",
    "media.licdn.com": "content",
    "youtube-nocookie.com": "embed",
    "connect.facebook.net": "embed",
    "platform.twitter.com": "embed",
    "player.vimeo.com": "embed",
    "snap.licdn.com": "tracker",
    "ct.pinterest.com": "tracker",
    "tr.snapchat.com": "tracker",
    "analytics.tiktok.com": "tracker",
    "edge-mqtt.facebook.com": "push",
    "gateway.discord.gg": "push",
    "t.co": "shortener",
    "lnkd.in": "shortener",
    "pin.it": "shortener",
    "fb.me": "shortener",
    "redd.it": "shortener",
    "youtu.be": "shortener",
    "mask.icloud.com": "tunnel",
    "mask-h2.icloud.com": "tunnel",
    "cloudflare-dns.com": "tunnel",
    "nordvpn.com": "tunnel",
}


def rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="ascii").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_passes_its_own_check() -> None:
    assert check(shipped("signatures")) == []


def test_holds_the_platforms_that_the_policy_names(catalogue: Catalogue) -> None:
    for platform, category in NAMED.items():
        assert catalogue.platforms[platform].category in category.split(" or ")


def test_holds_each_kind_of_media_that_the_policy_names(catalogue: Catalogue) -> None:
    for category in KINDS.values():
        assert sum(platform.category == category for platform in catalogue.platforms.values()) >= 10


def test_holds_at_least_150_platforms_of_iii_a(catalogue: Catalogue) -> None:
    assert sum(platform.category in CATEGORIES for platform in catalogue.platforms.values()) >= 150


@pytest.mark.parametrize(("host", "platform"), rows("visits.txt"))
def test_a_visit(catalogue: Catalogue, host: str, platform: str) -> None:
    found = catalogue.match(host)
    assert found is not None
    assert (found.platform, found.evidence) == (platform, "visit")


@pytest.mark.parametrize("host", [row[0] for row in rows("never_visits.txt")])
def test_never_a_visit(catalogue: Catalogue, host: str) -> None:
    found = catalogue.match(host)
    assert found is not None
    assert found.evidence != "visit"


@pytest.mark.parametrize(("host", "evidence"), TRAPS.items())
def test_evidence_of_the_known_traps(catalogue: Catalogue, host: str, evidence: str) -> None:
    found = catalogue.match(host)
    assert found is not None
    assert found.evidence == evidence


@pytest.mark.parametrize(
    "host",
    [
        "dropbox.com",
        "www.netflix.com",
        "fedex.com",
        "www.xbox.com",
        "xx.com",
        "notfacebook.com",
        "myinstagram.com",
    ],
)
def test_a_name_that_only_ends_in_the_same_letters(catalogue: Catalogue, host: str) -> None:
    assert catalogue.match(host) is None


def test_wix_is_wix(catalogue: Catalogue) -> None:
    found = catalogue.match("www.wix.com")
    assert found is not None
    assert found.platform == "wix"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "www.google.com",
            "classroom.google.com",
            "docs.google.com",
            "teams.microsoft.com",
            "update.googleapis.com",
        ),
        *(
            "www.willmar.k12.mn.us",
            "www.wctrib.com",
            "canvas.instructure.com",
            "fonts.gstatic.com",
            "www.icloud.com",
        ),
        *(
            "mtalk.google.com",
            "api.teams.cloud.microsoft",
            "edpuzzle.com",
            "www.seesaw.me",
            "zoom.us",
            "cloudfront.net",
            "s3.amazonaws.com",
        ),
    ],
)
def test_what_is_no_social_media(catalogue: Catalogue, host: str) -> None:
    assert catalogue.match(host) is None


@pytest.mark.parametrize(
    "domain",
    [
        "blogspot.com",
        "wordpress.com",
        "tumblr.com",
        "substack.com",
        "github.io",
        "edublogs.org",
        "fandom.com",
    ],
)
def test_every_tenant_is_the_platform(catalogue: Catalogue, domain: str) -> None:
    own, tenant = catalogue.match(domain), catalogue.match(f"any.name-at-all.{domain}")
    assert own is not None
    assert own == tenant
    assert own.evidence == "visit"


def test_works_of_reference_are_marked(catalogue: Catalogue) -> None:
    for host in ("en.wikipedia.org", "stackoverflow.com", "class.edublogs.org", "www.wikihow.com"):
        found = catalogue.match(host)
        assert found is not None
        assert found.reference
    assert not any(catalogue.platforms[platform].reference for platform in NAMED)


def test_tunnels_are_no_platforms_of_iii_a(catalogue: Catalogue) -> None:
    for match in catalogue.rules.values():
        assert (
            (match.evidence == "tunnel")
            == (match.category == "tunnel")
            == match.platform.startswith("tunnel_")
        )


def test_covers_of_encrypted_hellos(catalogue: Catalogue) -> None:
    assert catalogue.public_name("cloudflare-ech.com")
    assert catalogue.public_name("www.Cloudflare-ECH.com.")
    assert not catalogue.public_name("mycloudflare-ech.com")
    assert not catalogue.public_name("www.cloudflare.com")
    assert not any(catalogue.match(name) for name in catalogue.ech_public_names)
