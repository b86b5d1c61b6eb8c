"""Articles with tags and comments; each article's page is cached until a signal says otherwise."""
