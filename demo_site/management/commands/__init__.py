"""The demo site's management commands."""
