"""Answering what a customer said, and more of it: versions, methods, the telephone."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionAnswerCustomer(Answering, Action):
    """Sort a customer's line and answer it by method."""

    action = "action_answer_customer"
    intent = "customer"


class ActionAnswerSeller(Answering, Action):
    """Answer a line that a seller would say."""

    action = "action_answer_seller"
    intent = "seller"


class ActionShowVersion(Answering, Action):
    """Show another version of an answer."""

    action = "action_show_version"
    intent = "another_version"


class ActionShowMethod(Answering, Action):
    """Show a method that was not shown yet."""

    action = "action_show_method"
    intent = "another_method"


class ActionChooseType(Answering, Action):
    """Answer an unsure line as the type that the trainee chose."""

    action = "action_choose_type"
    intent = "choose_type"


class ActionShowTelephone(Answering, Action):
    """Show how the standard telephone rejections are turned."""

    action = "action_show_telephone"
    intent = "show_telephone"
