"""Rasa's side doors: the signed web channel, the conversation and lock stores, the quiet `rasa` command."""
