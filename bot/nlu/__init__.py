"""The components of the Rasa pipeline, and what trains and scores them."""
