"""What is shown: blocks as data, the tables and figures that fill them, and how each of them looks.

`blocks` renders a block as HTML, `tables` and `figures` make blocks of estimates, `cell_text` and `alt_text`
hold their words, `row_charts`, `plane_charts` and `poster` draw on a `canvas`.
"""
