"""What goes wrong with signals in real projects, each fault as it would stand there. Harms nothing else of the site."""
