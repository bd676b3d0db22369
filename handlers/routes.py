"""The visible table of routes: which handler answers which command, button, modal and event.

Transport-free: bot.slack says who is asking, calls one of the four functions below, and shows the Answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.errors import Forbidden, Refused
from handlers import (
    accounts,
    advice,
    approvals,
    brands,
    calendars,
    contacts,
    days,
    help,
    home,
    imports,
    many,
    one_contact,
    operations,
    outreach,
    parse,
    pictures,
    plans,
    reasons,
    rehearsals,
    replies,
    reports,
    rights,
    settings,
    signals,
    social,
    social_metrics,
    tasks,
)
from handlers.actions import Button, Form
from handlers.request import NOTHING, Answer, Handler, Request, refused

COMMANDS: Mapping[str, Mapping[str, Handler]] = {
    "outreach": {
        "new": outreach.new,
        "list": outreach.every,
        "status": outreach.status,
        "plan": plans.ask,
        "contact": contacts.new,
        "merge": one_contact.merge,
        "account": accounts.account,
        "import": imports.start_import,
        "run": reports.run,
        "rehearse": rehearsals.start,
        "cap": outreach.cap,
        "pause": outreach.pause,
        "resume": outreach.resume,
        "cancel": outreach.cancel,
        "reply": replies.new,
        "meeting": replies.meeting,
        "conflict": replies.conflict,
        "suppress": contacts.suppress,
        "prefer": contacts.prefer,
        "consent": contacts.consent,
        "why": reasons.explain,
        "digest": reports.digest,
        "settings": settings.show,
        "now": home.now,
        "help": help.outreach,
    },
    "social": {
        "brand": brands.show,
        "plan": calendars.plan,
        "calendar": calendars.show,
        "post": social.post,
        "run": days.run,
        "status": days.status,
        "signal": signals.signal,
        "metrics": social_metrics.metrics,
        "help": help.social,
    },
}

BUTTONS: Mapping[Button, Handler] = {
    Button.CAMPAIGN_IMPORT: imports.campaign_pressed,
    Button.CAMPAIGN_PLAN: plans.ask_again,
    Button.CAMPAIGN_PAUSE: outreach.pause_pressed,
    Button.CAMPAIGN_RESUME: outreach.resume_pressed,
    Button.CAMPAIGN_CANCEL: outreach.cancel_pressed,
    Button.STRATEGY_APPROVE: plans.approve,
    Button.STRATEGY_EDIT: plans.edit,
    Button.STRATEGY_REJECT: plans.reject,
    Button.MESSAGE_APPROVE: approvals.approve,
    Button.MESSAGE_EDIT: approvals.edit,
    Button.MESSAGE_STRIKE: approvals.strike,
    Button.MESSAGE_PICTURE: pictures.choose,
    Button.MESSAGE_PICTURE_REMOVE: pictures.remove,
    Button.MESSAGE_REJECT: approvals.reject,
    Button.MESSAGE_SKIP: approvals.skip,
    Button.MESSAGE_UNDO: approvals.undo,
    Button.MESSAGE_REWRITE: approvals.rewrite,
    Button.MESSAGE_CONFIRM: approvals.confirm,
    Button.MESSAGE_SEND_AGAIN: approvals.send_again,
    Button.MESSAGE_CHECK_AGAIN: approvals.check_again,
    Button.MESSAGE_RETRY: approvals.retry,
    Button.MESSAGE_WHY: reasons.show,
    Button.MESSAGE_INSTEAD: approvals.instead,
    Button.TASK_DONE: tasks.done,
    Button.TASK_SKIP: tasks.skip,
    Button.TASK_REPLIED: tasks.replied,
    Button.BULK_APPROVE: many.approve,
    Button.BULK_OPEN: many.one_by_one,
    Button.BULK_UNDO: many.undo,
    Button.SENDER_TRY_NOW: operations.try_now,
    Button.REPLY_CONTINUE: replies.go_on,
    Button.REPLY_STOP: replies.stop,
    Button.REPLY_MEETING: replies.met,
    Button.REPLY_WON: replies.won,
    Button.REPLY_LOST: replies.lost,
    Button.REPLY_NOT_NOW: replies.not_now,
    Button.REPLY_OPT_OUT: replies.opted_out,
    Button.REPLY_CLASS: replies.corrected,
    Button.REPLY_ADD: contacts.proposed,
    Button.CONTACT_SEND: one_contact.send_now,
    Button.CONTACT_PAUSE: one_contact.pause,
    Button.CONTACT_RESUME: one_contact.resume,
    Button.CONTACT_TAKE_OVER: one_contact.take_over,
    Button.CONTACT_GIVE_BACK: one_contact.give_back,
    Button.CONTACT_EDIT: one_contact.edit,
    Button.CONTACT_NOTE: one_contact.note,
    Button.CONTACT_CHANNELS: one_contact.channels,
    Button.CONTACT_MERGE: one_contact.merge_pressed,
    Button.ACCOUNT_APPROVE: accounts.approve,
    Button.ACCOUNT_ORDER: accounts.order,
    Button.ACCOUNT_STRIKE: accounts.strike,
    Button.ADVICE_APPLY: advice.apply,
    Button.ADVICE_DISMISS: advice.dismiss,
    Button.PROPOSAL_ACCEPT: accounts.accept,
    Button.PROPOSAL_DECLINE: accounts.decline,
    Button.CONFLICT_RESUME: replies.resume,
    Button.CONFLICT_CLOSE: replies.close,
    Button.REHEARSAL_COMPARE: rehearsals.compare,
    Button.REHEARSAL_AGAIN: rehearsals.again,
    Button.POST_TIME: social.new_time,
    Button.CALENDAR_APPROVE: calendars.approve,
    Button.CALENDAR_REJECT: calendars.reject,
    Button.CALENDAR_EARLIER: calendars.turned,
    Button.CALENDAR_LATER: calendars.turned,
    Button.CALENDAR_OPEN: calendars.open_post,
    Button.IMPORT_INTO: imports.into,
    Button.HOME_NEW: outreach.new_pressed,
    Button.HOME_IMPORT: imports.import_pressed,
    Button.HOME_OPEN: home.followed,
}

FORMS: Mapping[Form, Handler] = {
    Form.CAMPAIGN: outreach.submitted,
    Form.CONTACT: contacts.submitted,
    Form.CONTACT_EDIT: one_contact.edited,
    Form.NOTE: one_contact.noted,
    Form.CHANNELS: one_contact.channels_kept,
    Form.MERGE: one_contact.merged,
    Form.ACCOUNT: accounts.submitted,
    Form.ACCOUNT_ORDER: accounts.ordered,
    Form.IMPORT: imports.import_submitted,
    Form.MESSAGE: approvals.edited,
    Form.MESSAGE_REJECT: approvals.rejected,
    Form.LOOK: many.looked,
    Form.STRATEGY: plans.edited,
    Form.STRATEGY_REJECT: plans.rejected,
    Form.REPLY: replies.submitted,
    Form.NOT_NOW: replies.not_now_submitted,
    Form.POST: social.submitted,
    Form.POST_TIME: social.time_given,
    Form.PICTURE: pictures.submitted,
    Form.BRAND: brands.submitted,
    Form.CALENDAR_REJECT: calendars.rejected,
    Form.SETTINGS: settings.submitted,
}

EVENTS: Mapping[str, Handler] = {
    "app_home_opened": home.opened,
    "file_shared": imports.file_shared,
}


async def command(request: Request, subject: str) -> Answer:
    """Answer /outreach or /social. `request.text` is Slack's own text; empty and unknown words get help."""
    try:
        word, rest = parse.subcommand(request.text)
        handler = COMMANDS[subject].get(word or "help")
        if handler is None:
            return help.unknown(request, subject, word, tuple(COMMANDS[subject]))
        what = f"{subject} {word or 'help'}"
        rights.command(request, word or "help")
        return await handler(replace(request, text=rest, mentions=parse.mentions(request.text)))
    except Forbidden as refusal:
        return await rights.forbidden(request, what, refusal)
    except Refused as refusal:
        return refused(refusal)


async def press(request: Request, action_id: str) -> Answer:
    """Answer a button. One that no card has any more is refused."""
    if action_id not in BUTTONS:
        return Answer("This button is from an older version. Open the card again and press it there.")
    try:
        rights.button(request, Button(action_id))
        return await BUTTONS[Button(action_id)](request)
    except Forbidden as refusal:
        return await rights.forbidden(request, f"{action_id} {request.value[:40]}", refusal)
    except Refused as refusal:
        return refused(refusal)


async def submit(request: Request, callback_id: str) -> Answer:
    """Answer a modal. A refusal stands beside its field, or beside the first one, and nothing typed is lost."""
    if callback_id not in FORMS:
        return Answer(
            "This form is from an older version. Open it again.", channel=request.metadata.get("channel", "")
        )
    try:
        rights.form(request)
        answer = await FORMS[Form(callback_id)](request)
    except Refused as refusal:
        if isinstance(refusal, Forbidden):
            await rights.forbidden(request, f"form {callback_id}", refusal)
        fields = tuple(request.values)
        field = refusal.field if refusal.field in fields else next(iter(fields), "")
        return Answer(errors={field: refusal.sentence}) if field else refused(refusal)
    if answer == NOTHING:
        return NOTHING
    return replace(answer, channel=answer.channel or request.metadata.get("channel", ""))


async def event(request: Request, name: str) -> Answer:
    """Answer an event. One that nobody listens to is no error."""
    handler = EVENTS.get(name) if rights.event(request, name) else None
    try:
        return await handler(request) if handler else NOTHING
    except Refused as refusal:
        return replace(refused(refusal), channel=request.who.channel)
