"""Editors' doors: drafts, review, publishing, urgent words, retiring, handing over."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from chassis.errors import not_found
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from kb.domain.policy import POLICY
from kb.handlers import editing, minding, missing, owning
from kb.handlers.editing import Moved, Saved, each
from kb.handlers.minding import Flagged, Settled
from kb.handlers.owning import HandedOver, Named
from kb.handlers.reading_room import ReadingRoom
from kb.schemas.desk import (
    Content,
    DraftLine,
    FlagEnd,
    FlagLine,
    FlagText,
    NewOwner,
    StepLine,
    TaskEnd,
    TaskLine,
    Topics,
    Word,
)
from kb.store import desk

Name = Annotated[str, Path(max_length=100)]


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for editors."""
    router = APIRouter(tags=["editors"])
    save = doors.command("PUT /drafts", each(editing.save_draft, room))
    submit = doors.command("POST /drafts/submit", each(editing.submit, room))
    send_back = doors.command("POST /drafts/return", each(editing.send_back, room))
    publish = doors.command("POST /drafts/publish", each(editing.publish_draft, room))
    surge = doors.command("POST /surge", each(editing.publish_surge, room))

    @router.put("/drafts/{article_id}", status_code=201)
    async def save_draft(article_id: Name, body: Content, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Begin a draft, or go on with one."""
        return await save(Saved({**body.content, "id": article_id}), caller, key)

    @router.get("/drafts")
    async def list_drafts(caller: Caller) -> list[DraftLine]:
        """List open drafts, the longest waiting first; agency staff see their own agency's."""
        allow(POLICY, caller, "drafts.read")
        async with doors.reads() as reads:
            return [DraftLine(**row) for row in await desk.drafts(reads, caller.agency)]

    @router.post("/drafts/{article_id}/submit")
    async def submit_draft(article_id: Name, body: Word, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Ask for a review."""
        return await submit(Moved(article_id, body.note), caller, key)

    @router.post("/drafts/{article_id}/return")
    async def return_draft(article_id: Name, body: Word, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Send a draft back to its writer."""
        return await send_back(Moved(article_id, body.note), caller, key)

    @router.post("/drafts/{article_id}/publish")
    async def publish_draft(article_id: Name, body: Word, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Publish a reviewed draft as the next version."""
        return await publish(Moved(article_id, body.note), caller, key)

    @router.put("/surge/{article_id}", status_code=201)
    async def publish_surge(article_id: Name, body: Content, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Publish urgent words at once, with a banner; they end at `expires_at`."""
        return await surge(Saved({**body.content, "id": article_id}), caller, key)

    return router


def owning_routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for those who answer for articles."""
    router = APIRouter(tags=["editors"])
    retire = doors.command("POST /articles/retire", each(owning.retire, room))
    give = doors.command("POST /articles/owner", each(owning.hand_over, room))
    staff = doors.command("PUT /surge-staff", each(owning.name_surge_staff, room))

    @router.post("/articles/{article_id}/retire")
    async def retire_article(article_id: Name, body: Word, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Take an article back; its versions stay readable."""
        return await retire(Moved(article_id, body.note), caller, key)

    @router.post("/articles/{article_id}/owner")
    async def hand_article_over(
        article_id: Name, body: NewOwner, caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Give an article to another owner."""
        return await give(HandedOver(body.to, article_id=article_id, agency=body.agency), caller, key)

    @router.post("/owners/{subject}/hand-over")
    async def hand_all_over(subject: Name, body: NewOwner, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Give everything that somebody answers for to another: who leaves leaves nothing without an owner."""
        return await give(HandedOver(body.to, owner=subject, agency=body.agency), caller, key)

    @router.put("/surge-staff/{subject}")
    async def name_surge_staff(subject: Name, body: Topics, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Let somebody help out for a time, with the scripts of a few topics."""
        return await staff(Named(subject, tuple(body.topics), body.until), caller, key)

    @router.get("/articles/{article_id}/steps")
    async def list_steps(article_id: Name, caller: Caller) -> list[StepLine]:
        """List who did what to an article, and when."""
        allow(POLICY, caller, "drafts.read")
        async with doors.reads() as reads:
            rows = await desk.steps_of(reads, article_id)
        if not rows:
            raise not_found(f"step of {article_id}")
        return [StepLine(**row) for row in rows]

    return router


def minding_routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for flags and tasks."""
    router = APIRouter(tags=["editors"])
    raise_flag = doors.command("POST /articles/flags", each(minding.raise_flag, room))
    end_flag = doors.command("POST /flags/settle", each(minding.settle_flag, room))
    end_task = doors.command("POST /tasks/settle", each(minding.settle_task, room))

    @router.post("/articles/{article_id}/flags", status_code=201)
    async def flag_procedure(article_id: Name, body: FlagText, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Flag the procedure behind an article as in need of a second look."""
        return await raise_flag(Flagged(article_id, body.text), caller, key)

    @router.get("/flags")
    async def list_flags(caller: Caller, article: str | None = None, *, settled: bool = False) -> list[FlagLine]:
        """List flags that wait, or with `settled` all."""
        allow(POLICY, caller, "drafts.read")
        async with doors.reads() as reads:
            return [FlagLine(**row) for row in await desk.flags(reads, article, settled=settled)]

    @router.post("/flags/{flag_id}/settle")
    async def settle_flag(flag_id: Name, body: FlagEnd, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Say how far a flag has come."""
        return await end_flag(Settled(flag_id, body.state, body.note), caller, key)

    @router.get("/tasks")
    async def list_tasks(caller: Caller, state: str = "open", agency: str | None = None) -> list[TaskLine]:
        """List what editors have to do, what was asked most first."""
        allow(POLICY, caller, "tasks.read")
        await missing.flush(doors, room)
        async with doors.reads() as reads:
            return [TaskLine(**row) for row in await desk.tasks(reads, state, agency, 200)]

    @router.post("/tasks/{task_id}/settle")
    async def settle_task(task_id: Name, body: TaskEnd, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Close a task."""
        return await end_task(Settled(task_id, body.state, body.note), caller, key)

    return router
