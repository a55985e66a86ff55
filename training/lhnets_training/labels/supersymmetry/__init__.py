"""Cross sections, published tables and widths of supersymmetric particles."""
