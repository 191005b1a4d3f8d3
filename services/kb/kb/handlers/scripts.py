"""Scripts: what staff read aloud; those who help out for a time are given a few topics, and no more."""

from datetime import datetime
from typing import Any

from chassis.transaction import Reads
from kb.handlers.finding import said
from kb.store import articles as store
from kb.store import desk


async def scripts_for(reads: Reads, subject: str, language: str, now: datetime) -> list[dict[str, Any]]:
    """Give the scripts somebody may read: all, or those of their topics until their last day."""
    limited = await desk.surge_topics(reads, subject)
    if limited is not None and limited[1] <= now:
        return []
    found = []
    for row in await store.articles_with_scripts(reads):
        content = row["content"]
        topics = content.get("topics") or []
        script = content.get("internal") or (content["body"] if content["audience"] == "internal" else None)
        if (script or topics) and (limited is None or limited[0] & set(topics)):
            found.append(_script(row["article_id"], content, script or content["body"], topics, language))
    return found


def _script(article_id: str, content: Any, script: Any, topics: list[str], language: str) -> dict[str, Any]:
    texts = {"title": content["title"], "summary": content["summary"], "script": script}
    return {name: said(text, language) for name, text in texts.items()} | {
        "id": article_id,
        "version": content["version"],
        "topics": list(topics),
    }
