"""Woken by a queue or a clock: the processes that do the long work. The web never imports them, nor they the web."""
