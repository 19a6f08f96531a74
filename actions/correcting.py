"""The trainee says that a line was sorted wrongly."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionAskType(Answering, Action):
    """Ask for the right type."""

    action = "action_ask_type"
    intent = "wrong_type"


class ActionCorrectType(Answering, Action):
    """Record the right type and answer accordingly."""

    action = "action_correct_type"
    intent = "correct_type"
