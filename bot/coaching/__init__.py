"""The pure engine: values and `now` in, decisions out; no files, clock, randomness or libraries."""
