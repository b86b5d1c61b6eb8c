"""What the templates of the cases load."""
