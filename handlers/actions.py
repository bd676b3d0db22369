"""The names of all buttons and modals, and what a button carries: ids, never content."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from engine.errors import Refused


class Button(StrEnum):
    """`action_id` of every button and menu that a card, the Home tab or an answer may show."""

    CAMPAIGN_IMPORT = "campaign.import"
    CAMPAIGN_PLAN = "campaign.plan"
    CAMPAIGN_PAUSE = "campaign.pause"
    CAMPAIGN_RESUME = "campaign.resume"
    CAMPAIGN_CANCEL = "campaign.cancel"
    STRATEGY_APPROVE = "strategy.approve"
    STRATEGY_EDIT = "strategy.edit"
    STRATEGY_REJECT = "strategy.reject"
    MESSAGE_APPROVE = "message.approve"
    MESSAGE_EDIT = "message.edit"
    MESSAGE_STRIKE = "message.strike"
    MESSAGE_PICTURE = "message.picture"
    MESSAGE_PICTURE_REMOVE = "message.picture_remove"
    MESSAGE_REJECT = "message.reject"
    MESSAGE_SKIP = "message.skip"
    MESSAGE_UNDO = "message.undo"
    MESSAGE_REWRITE = "message.rewrite"
    MESSAGE_CONFIRM = "message.confirm"
    MESSAGE_SEND_AGAIN = "message.send_again"
    MESSAGE_CHECK_AGAIN = "message.check_again"
    MESSAGE_RETRY = "message.retry"
    MESSAGE_WHY = "message.why"
    MESSAGE_INSTEAD = "message.instead"
    TASK_DONE = "task.done"
    TASK_SKIP = "task.skip"
    TASK_REPLIED = "task.replied"
    BULK_APPROVE = "bulk.approve"
    BULK_OPEN = "bulk.open"
    BULK_UNDO = "bulk.undo"
    SENDER_TRY_NOW = "sender.try_now"
    REPLY_CONTINUE = "reply.continue"
    REPLY_STOP = "reply.stop"
    REPLY_MEETING = "reply.meeting"
    REPLY_WON = "reply.won"
    REPLY_LOST = "reply.lost"
    REPLY_NOT_NOW = "reply.not_now"
    REPLY_OPT_OUT = "reply.opt_out"
    REPLY_CLASS = "reply.class"
    REPLY_ADD = "reply.add"
    CONTACT_SEND = "contact.send"
    CONTACT_PAUSE = "contact.pause"
    CONTACT_RESUME = "contact.resume"
    CONTACT_TAKE_OVER = "contact.take_over"
    CONTACT_GIVE_BACK = "contact.give_back"
    CONTACT_EDIT = "contact.edit"
    CONTACT_NOTE = "contact.note"
    CONTACT_CHANNELS = "contact.channels"
    CONTACT_MERGE = "contact.merge"
    ACCOUNT_APPROVE = "account.approve"
    ACCOUNT_ORDER = "account.order"
    ACCOUNT_STRIKE = "account.strike"
    ADVICE_APPLY = "advice.apply"
    ADVICE_DISMISS = "advice.dismiss"
    PROPOSAL_ACCEPT = "proposal.accept"
    PROPOSAL_DECLINE = "proposal.decline"
    CONFLICT_RESUME = "conflict.resume"
    CONFLICT_CLOSE = "conflict.close"
    REHEARSAL_COMPARE = "rehearsal.compare"
    REHEARSAL_AGAIN = "rehearsal.again"
    POST_TIME = "post.time"
    CALENDAR_APPROVE = "calendar.approve"
    CALENDAR_REJECT = "calendar.reject"
    CALENDAR_EARLIER = "calendar.earlier"
    CALENDAR_LATER = "calendar.later"
    CALENDAR_OPEN = "calendar.open"
    IMPORT_INTO = "import.into"
    HOME_NEW = "home.new"
    HOME_IMPORT = "home.import"
    HOME_OPEN = "home.open"


class Form(StrEnum):
    """`callback_id` of every modal."""

    CAMPAIGN = "campaign"
    CONTACT = "contact"
    CONTACT_EDIT = "contact.edit"
    NOTE = "note"
    CHANNELS = "channels"
    MERGE = "merge"
    ACCOUNT = "account"
    ACCOUNT_ORDER = "account.order"
    IMPORT = "import"
    MESSAGE = "message"
    MESSAGE_REJECT = "message.reject"
    LOOK = "look"
    STRATEGY = "strategy"
    STRATEGY_REJECT = "strategy.reject"
    REPLY = "reply"
    NOT_NOW = "not_now"
    POST = "post"
    POST_TIME = "post.time"
    PICTURE = "picture"
    BRAND = "brand"
    CALENDAR_REJECT = "calendar.reject"
    SETTINGS = "settings"


class Ref(NamedTuple):
    """What a button is about: an id and the revision that the person saw (0 where there are none)."""

    id: int
    revision: int = 0

    def __str__(self) -> str:
        return f"{self.id}.{self.revision}"


_REF = re.compile(r"([1-9][0-9]{0,17})\.([0-9]{1,9})", re.ASCII)


def ref(text: str) -> Ref:
    """Read "42.3". Raises Refused for anything else: values travel through the client."""
    found = _REF.fullmatch(text)
    if found is None:
        raise Refused("This button is not one of ours. Open the card again and press it there.")
    return Ref(int(found[1]), int(found[2]))
