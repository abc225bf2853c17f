"""The box "ledger": one query, one row, on the disk before its answer leaves the house. It says what was asked, by whom, at what cost."""
import base64
import sqlite3
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = {
    "id": "INTEGER PRIMARY KEY",
    "time": "REAL",                # seconds since 1970, when the question arrived
    "key": "TEXT",                 # the account's name, never its secret
    "model": "TEXT",
    "prompt": "TEXT",              # the question; for a tensor see `pixels`
    "answer": "TEXT",              # what was served: a text, or the number of the top class; "" where there is none
    "confidence": "REAL",          # a text's geometric mean probability of a token; an image's top score
    "prompt_tokens": "INTEGER",    # 0 for a tensor
    "answer_tokens": "INTEGER",    # what was written and is paid for, also where it was not shown
    "latency": "REAL",             # seconds from arrival to answer
    "served": "TEXT",              # what the endpoint revealed
    "cost": "REAL",                # dollars, by the price list
}
_INSERT = f"INSERT INTO queries ({', '.join(list(COLUMNS)[1:])}) VALUES ({', '.join('?' * (len(COLUMNS) - 1))})"


class Ledger:
    """A table of all queries in a SQLite file, written by one server and read by anybody at any time.

    path: where; a file that exists is gone on with. Without a path it is a temporary file, deleted by `close`.
    """

    def __init__(self, path=None):
        self._folder = None if path else tempfile.TemporaryDirectory(prefix="ledger")
        self.path = Path(path or Path(self._folder.name) / "ledger.sqlite")
        try:
            self._writer = sqlite3.connect(self.path, check_same_thread=False)
            # write-ahead: readers and the writer do not wait for each other, and a commit is on the disk when it returns
            self._writer.execute("PRAGMA journal_mode=WAL")
            self._writer.execute("PRAGMA synchronous=FULL")
            self._writer.execute(f"CREATE TABLE IF NOT EXISTS queries ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
            self._writer.commit()
        except sqlite3.Error as error:
            raise OSError(f"The ledger {self.path} cannot be opened: {error}. Does its folder exist, may you write there, is there space, "
                          "and is the file a ledger that no other program holds?") from error

    def write(self, rows):
        """Append rows, each a dict with all of COLUMNS but the id, in one transaction: all of them are on the disk, or none."""
        with self._writer:
            self._writer.executemany(_INSERT, [tuple(row[name] for name in list(COLUMNS)[1:]) for row in rows])

    def spent(self):
        """{account: queries so far}."""
        return dict(self._writer.execute("SELECT key, count(*) FROM queries GROUP BY key"))

    def read(self):
        """All rows so far as a DataFrame, `time` as a date. The server may go on writing meanwhile."""
        return read(self.path)

    def close(self):
        self._writer.close()
        if self._folder:
            self._folder.cleanup()


def read(path):
    """A ledger's file as a DataFrame. Raises FileNotFoundError when there is none."""
    if not Path(path).exists():
        raise FileNotFoundError(f"There is no ledger at {path}. A server makes one: api.serve(..., ledger='{path}').")
    reader = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
    try:
        rows = pd.read_sql("SELECT * FROM queries ORDER BY id", reader)
    finally:
        reader.close()
    return rows.assign(time=pd.to_datetime(rows.time, unit="s"))


def packed(x):
    """Inputs (n, d) from 0 to 1 as short texts, at 256 grey values: how the ledger keeps images."""
    values = (np.clip(np.asarray(x, dtype=np.float64), 0, 1) * 255).round().astype(np.uint8)
    return [base64.b64encode(zlib.compress(row.tobytes(), 1)).decode() for row in values]


def pixels(prompts):
    """The ledger's `prompt` column of a tensor endpoint back to inputs, (n, d) float32 from 0 to 1."""
    return np.stack([np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8) for text in prompts]).astype(np.float32) / 255
