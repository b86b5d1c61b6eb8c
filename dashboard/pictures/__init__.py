"""Pure geometry: numbers in, SVG coordinates out."""
