"""What a notebook talks to: it numbers exhibits, applies language and disclosure, records evidence."""
