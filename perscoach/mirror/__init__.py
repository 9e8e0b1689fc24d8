"""The client's page: what serves it, shares it and writes it out as a folder; the page itself lies in ``page/``."""
