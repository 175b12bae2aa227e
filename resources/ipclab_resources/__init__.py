"""Icons, glyphs, guides, style and plain programs: data, read with importlib.resources."""
