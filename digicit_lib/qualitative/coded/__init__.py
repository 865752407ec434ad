"""Opens a coded project: QDPX, the programs' databases, tables, texts. Imports `errors` and `safe` only."""
