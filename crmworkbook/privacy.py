"""Who a customer is stays in the client folder: pseudonyms for what is shown, and nothing personal in a message.

A pseudonym is a keyed hash (HMAC with SHA-256) of the customer's number, such as ``K-7F3A9C``. Without the key nobody
can find the number back or try numbers out; with it the same customer bears the same pseudonym in every report. The
key stands in the client folder in `KEY_FILE`. It is made with the folder, or by ``crmworkbook key``, and never by a
report, which changes no input. Without a key, customers are not shown one by one at all.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

KEY_FILE = "pseudonyms.key"
SHORTEST_KEY = 16  # characters; what people make up is longer than what they can guess
_DIGITS = 6  # of a pseudonym: about 16.8 million, so that two of ten rows seldom share one
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.\w{2,}"  # an e-mail address
    # a Dutch telephone number: a mobile one, one with a country code, one with its area code set apart
    r"|(?<![\d.,])06[\s-]?\d(?:[\s-]?\d){7}(?!\d|[.,]\d)"
    r"|(?<![\d.,])(?:\+31|0031)(?:[\s()-]*\d){9,10}(?!\d|[.,]\d)"
    r"|(?<![\d.,])\(?0\d{2}\)?[\s-]\d(?:[\s-]?\d){6}(?!\d|[.,-]\d)"
    r"|(?<![\d.,])\(?0\d{3}\)?[\s-]\d(?:[\s-]?\d){5}(?!\d|[.,-]\d)"
    r"|\b[A-Z]{2}\d{2}[\s]?[A-Z]{4}(?:[\s]?\d){10}\b"  # a bank account
)


def pseudonym(key: str, customer: str, digits: int = _DIGITS) -> str:
    """The pseudonym of one customer.

    Args:
        key: As :func:`read_key` gives it.
        customer: The number as it stands in the tables; white space around it does not count.
        digits: Hexadecimal digits to show; a longer pseudonym begins with the shorter one.
    """
    code = hmac.new(key.encode(), str(customer).strip().encode(), hashlib.sha256).hexdigest()
    return f"K-{code[:digits].upper()}"


def pseudonyms(key: str, customers: Iterable[object]) -> dict[str, str]:
    """Customer to pseudonym, each as long as it takes to tell all of these customers apart."""
    listed = list(dict.fromkeys(map(str, customers)))
    persons = len({customer.strip() for customer in listed})
    for digits in range(_DIGITS, 2 * hashlib.sha256().digest_size + 1):
        found = {customer: pseudonym(key, customer, digits) for customer in listed}
        if len(set(found.values())) == persons:
            break
    return found


def read_key(folder: Path) -> str | None:
    """The key of a client folder; a kept round has that of the folder it was kept from. None without one."""
    kept = folder.parents[2] if folder.parent.name == "rounds" and len(folder.parents) > 2 else None
    for place in (folder, kept):
        if place is not None:
            with suppress(OSError, UnicodeDecodeError):
                key = (place / KEY_FILE).read_text(encoding="utf-8-sig").strip()
                if len(key) >= SHORTEST_KEY:
                    return key
    return None


def make_key(folder: Path) -> Path:
    """Write a new key to *folder*, readable by its owner only; one that is there stays.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / KEY_FILE
    with suppress(FileExistsError), path.open("x", encoding="utf-8", newline="\n") as file:
        with suppress(OSError):  # a folder on a network drive may have no rights to set
            path.chmod(0o600)
        file.write(secrets.token_hex(32) + "\n")
    return path


def is_personal(text: str) -> bool:
    """Whether an e-mail address, a telephone number or a bank account stands in *text*."""
    return bool(_PERSONAL.search(text))


def masked(text: str) -> str:
    """*text* with a mark in place of every e-mail address, telephone number and bank account."""
    return _PERSONAL.sub("[…]", text)


def shape(value: object) -> str:
    """What a cell looks like without what it says, for a message: letters become x, digits 9."""
    text = re.sub(r"[^\W\d_]", "x", str(value)[:24])
    return re.sub(r"\d", "9", text) + ("…" if len(str(value)) > 24 else "")


def looks_like_data(name: str) -> bool:
    """Whether a column name is more likely a cell, as where a file has no heading: an address, or half of it digits."""
    bare = re.sub(r"[\W_]", "", name)
    return "@" in name or is_personal(name) or 2 * sum(map(str.isdigit, bare)) > len(bare)
