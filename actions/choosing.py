"""Choosing a product, the language, a name."""

from rasa_sdk import Action

from actions.answering import Answering


class ActionListProducts(Answering, Action):
    """List the products."""

    action = "action_list_products"
    intent = "list_products"


class ActionChooseProduct(Answering, Action):
    """Sell another product."""

    action = "action_choose_product"
    intent = "choose_product"


class ActionSwitchLanguage(Answering, Action):
    """Speak the other language."""

    action = "action_switch_language"
    intent = "switch_language"


class ActionGreetTrainee(Answering, Action):
    """Take the trainee's name."""

    action = "action_greet_trainee"
    intent = "name_self"
