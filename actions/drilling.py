"""Drills and progress."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionStartDrill(Answering, Action):
    """Begin a drill."""

    action = "action_start_drill"
    intent = "start_drill"


class ActionAnswerDrill(Answering, Action):
    """Take an answer to a question of a drill."""

    action = "action_answer_drill"
    intent = "answer_drill"


class ActionShowProgress(Answering, Action):
    """Show what the trainee can do by now."""

    action = "action_show_progress"
    intent = "show_progress"
