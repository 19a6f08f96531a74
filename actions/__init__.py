"""Rasa's custom actions: one module per feature, translators only (`bot.services` does the work)."""
