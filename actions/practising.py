"""Role-play: choosing a scenario, and what can be done with a talk besides answering."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionShowScenarios(Answering, Action):
    """Show the scenarios to choose from."""

    action = "action_show_scenarios"
    intent = "start_roleplay"


class ActionStartTalk(Answering, Action):
    """Begin a talk."""

    action = "action_start_talk"
    intent = "choose_scenario"


class ActionRedoTurn(Answering, Action):
    """Go back to before a reply."""

    action = "action_redo_turn"
    intent = "redo_turn"


class ActionPauseTalk(Answering, Action):
    """Put a talk aside."""

    action = "action_pause_talk"
    intent = "pause_talk"


class ActionResumeTalk(Answering, Action):
    """Go on with a talk."""

    action = "action_resume_talk"
    intent = "resume_talk"


class ActionSetLevel(Answering, Action):
    """Set how much is told after each reply."""

    action = "action_set_level"
    intent = "set_level"


class ActionRecordAppeal(Answering, Action):
    """Record that the trainee disagrees with a point."""

    action = "action_record_appeal"
    intent = "disagree"
