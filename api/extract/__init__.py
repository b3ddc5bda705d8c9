"""Extracts: what people take out of a ledger into their own tools, as of one of its states.

`rows.py` turns a question into columns and rows, read from the registry as they are written;
`columns.py` names each column once, with its HXL hashtag, its type and its titles. One file writes
each format: `text.py` CSV, JSON Lines and GeoJSON, `workbook.py` XLSX, `parquet.py` Parquet,
`package.py` the data package that `sijill verify` reads back. `cells.py` says which cells a
spreadsheet would run. Only `workbook.py` and `parquet.py` know their libraries, an optional extra.
"""
