"""The writer that needs no language model: plans and words from rules and templates. It sends nothing anywhere."""

from __future__ import annotations

from engine.writing import (
    Brief,
    DraftRequest,
    Idea,
    PostRequest,
    Topics,
    TopicsRequest,
    Voice,
    Words,
    calendar_posts,
    drafting,
    planning,
    posting,
    topics,
)


class TemplateWriter:
    """A Writer by rules. Deterministic: the same request always gives the same words. Safe to share."""

    batch = 40

    async def plan(self, brief: Brief, voice: Voice, rejections: tuple[str, ...]) -> Idea:
        return planning.plan(brief, voice, rejections)

    async def draft(self, request: DraftRequest) -> Words:
        """Raises templates.MissingVariable when neither sender nor brand has a name."""
        return drafting.draft(request)

    async def post(self, request: PostRequest) -> Words:
        """Raises templates.MissingVariable when the topic is empty."""
        return calendar_posts.post(request) if request.hook else posting.post(request)

    async def topics(self, request: TopicsRequest) -> Topics:
        return topics.topics(request)

    async def close(self) -> None:
        """Nothing to give back."""
