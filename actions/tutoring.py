"""Help in the middle of a role-play."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionGiveHint(Answering, Action):
    """Tell which step is due."""

    action = "action_give_hint"
    intent = "show_hint"


class ActionShowMethods(Answering, Action):
    """Show every method on the objection that stands."""

    action = "action_show_methods"
    intent = "show_methods"


class ActionSwapRoles(Answering, Action):
    """Swap the roles."""

    action = "action_swap_roles"
    intent = "swap_roles"
