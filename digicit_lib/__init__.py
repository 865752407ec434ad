"""digicit: reproducible research workbooks for children's digital citizenship and online safety."""

__version__ = "0.1.0"
