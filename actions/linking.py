"""Tying a channel to an account."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionLinkAccount(Answering, Action):
    """Give out a code that ties the person to their account."""

    action = "action_link_account"
    intent = "link_account"
