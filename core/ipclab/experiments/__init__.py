"""One file per experiment; the catalogue finds them."""
