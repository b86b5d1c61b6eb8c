"""A small real Django site, a railway magazine with a shop, whose signals are worth watching."""
