"""Pages for people, to read and to print: HTML and PDF, in English and Arabic.

Start with `render.py` (a bundle's pages: content, drawing, HTML, PDF), or with `typesetting.py`
(PDF from a template and data). The libraries it all needs may be missing: `pip install
'sijill[pages]'`. Nothing here reads a clock or the network: the same input gives the same bytes.
"""
