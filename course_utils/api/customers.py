"""Who may ask, how fast and how much: an account with its key, its quota and its token bucket. Nothing here knows of HTTP."""
from dataclasses import dataclass, field


class QuotaSpent(Exception):
    """The key has used up all the queries that it may ever ask."""


class TooFast(Exception):
    """The key asks faster than it may. seconds: when it may ask again."""

    def __init__(self, seconds):
        super().__init__(f"wait {seconds:.2f} s")
        self.seconds = seconds


def refill(level, rate, size, seconds):
    """Tokens in a bucket `seconds` later: it fills at `rate` tokens a second, and never beyond its size."""
    return min(size, level + rate * seconds)


@dataclass
class Account:
    """One customer. name: for the ledger. secret: the API key. role: "user", "trusted" (sees everything whatever the endpoint
    reveals) or "suspended". per_minute: queries a minute, with `burst` at once (by default a minute's worth); quota: queries ever.
    None is no limit.
    """
    name: str
    secret: str
    role: str = "user"
    per_minute: float | None = None
    burst: int | None = None
    quota: int | None = None
    spent: int = 0
    level: float = field(default=0, repr=False)
    since: float | None = field(default=None, repr=False)

    def __post_init__(self):
        if self.role not in ("user", "trusted", "suspended"):
            raise ValueError(f"role={self.role!r}: it must be 'user', 'trusted' or 'suspended'.")
        if self.per_minute is not None:
            self.burst = self.burst or max(1, int(self.per_minute))
            self.level = self.burst

    def charge(self, queries, now):
        """Take `queries` from quota and bucket, or raise QuotaSpent or TooFast and take nothing."""
        if self.quota is not None and self.spent + queries > self.quota:
            raise QuotaSpent
        if self.per_minute is not None:
            rate = self.per_minute / 60
            self.level, self.since = refill(self.level, rate, self.burst, now - (self.since if self.since is not None else now)), now
            if self.level < queries:
                raise TooFast((queries - self.level) / rate)
            self.level -= queries
        self.spent += queries
