"""What trainers have set."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionShowAssignments(Answering, Action):
    """Show what the trainee has been set."""

    action = "action_show_assignments"
    intent = "show_assignments"
