"""The use cases: each loads, decides and saves once, for every way in; none calls another."""
