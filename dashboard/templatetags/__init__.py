"""The page's template filters."""
