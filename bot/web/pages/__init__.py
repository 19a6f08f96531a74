"""One module per page: each translates a request into one call and an answer."""
