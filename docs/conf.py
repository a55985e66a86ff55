"""Sphinx configuration. The page of networks is written from the bundled cards at each build."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "lhnets"
author = "The lhnets developers"
project_copyright = "2026, The lhnets developers"
release = metadata.version("lhnets")
version = release

extensions = [
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "html_forms",
    "networks_page",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_click",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "_extensions"]
myst_enable_extensions = ["colon_fence", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"lhnets {release}"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
nitpicky = False
plot_include_source = False
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", 120)]
plot_rcparams = {"font.size": 9, "figure.constrained_layout.use": True}
