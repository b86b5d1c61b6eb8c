"""What comes too fast, too deep or for ever: everything stays bounded, and every dispatch is shown or counted."""
