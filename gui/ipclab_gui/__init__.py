"""The window: the Qt front end, which knows the engine through its public face alone."""
