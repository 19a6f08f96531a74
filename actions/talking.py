"""Talk with the coach, and messages that cannot be answered."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionAnswerTalk(Answering, Action):
    """Answer a greeting, thanks, a call for help and the like."""

    action = "action_answer_talk"


class ActionAnswerUnreadable(Answering, Action):
    """Answer a message that is empty or too long."""

    action = "action_answer_unreadable"


class ActionAnswerUnknown(Answering, Action):
    """Answer a message that no rule covers."""

    action = "action_answer_unknown"
    intent = "unknown"
