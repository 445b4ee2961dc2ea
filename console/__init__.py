"""How people reach the system: the command line, the pages, everything on one machine. It decides nothing."""
