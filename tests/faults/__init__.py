"""Each fault is made for real, in a process of its own, with Signalbox and without: the site behaves alike."""
