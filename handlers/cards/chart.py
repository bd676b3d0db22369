"""The picture of a digest or a week: a file with a title and words that say what it shows."""

from __future__ import annotations

from handlers import blocks
from handlers.cards.picture import File, Picture
from storage.views import ChartView


def render(view: ChartView) -> Picture:
    day = str((view.figures or {}).get("day") or blocks.local(view.starts_at, view.zone).date().isoformat())
    told = " ".join(str((view.figures or {}).get("alt") or "").split())
    alt = told or f"The numbers of {day} as bars; the digest names them."
    if not view.png:
        return Picture(f"The picture of {blocks.line(day)} is not drawn yet.", gone=True)
    kind = "Week" if (view.figures or {}).get("week") is True else "Digest"
    name = f"{kind.lower()}-{''.join(c for c in day if c.isalnum() or c == '-')[:40]}.png"
    return Picture(
        blocks.cut_escaped(blocks.escape(alt.partition(". ")[0].rstrip(".") + "."), 3_000),
        file=File(name, view.png, f"{kind} of {day}"[:100], alt[:1_000]),
    )
