"""What the lab shows besides measurements: guides, icons, style, plain programs. Data, read with importlib.resources."""
