"""What `manage.py signals` prints: text for a terminal or a pipe, of what is connected and what was recorded."""
