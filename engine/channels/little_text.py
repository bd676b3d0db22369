"""LinkedIn's "little text": the escaping that keeps a post whole, and what it says when it comes back. Pure.

An unescaped reserved character can cut the post silently while LinkedIn still answers 201.
"""

from __future__ import annotations

import re

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
# A hashtag: letters and digits with at least one letter, where a word may begin; not in addresses like /#part.
_HASHTAG_OR_RESERVED = re.compile(rf"((?<![\w/#&])#(?=[0-9]*[^\W\d_])[^\W_]+)|{_RESERVED.pattern}")

_ESCAPED_OR_TEMPLATE = re.compile(r"\\(.)|\{hashtag\|\\?#\|([^{}|]*)\}", re.DOTALL)


def escape(text: str) -> str:
    """Every reserved character with a backslash before it, except the # that opens a hashtag."""
    return _HASHTAG_OR_RESERVED.sub(lambda found: found[1] or f"\\{found[0]}", text)


def plain(text: str) -> str:
    """What people read of it: no escaping backslashes, a hashtag as # and its word. Mentions stay as they are."""
    return _ESCAPED_OR_TEMPLATE.sub(lambda found: found[1] or f"#{found[2]}", text)
