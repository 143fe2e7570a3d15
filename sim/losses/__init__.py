"""One loss, one file, found by folder: where its states come from, its signal, its rule."""
