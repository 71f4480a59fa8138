"""Programs of which several may use one volume, by their design."""

from unwedge.decide.catalogue.entry import Entry, OnHeld

ENTRIES: tuple[Entry, ...] = (
    Entry("nginx", ("nginx",), OnHeld.SHARES, "it serves files"),
    Entry("Apache httpd", ("httpd",), OnHeld.SHARES, "it serves files"),
    Entry("WordPress", ("wordpress",), OnHeld.SHARES, "files; its data is in MySQL"),
    Entry("PHP", ("php", "library/php"), OnHeld.SHARES, "it serves files"),
    Entry(
        "Caddy",
        ("caddy", "library/caddy"),
        OnHeld.SHARES,
        "caddyserver/certmagic#169: instances with one storage work as a cluster",
    ),
)
