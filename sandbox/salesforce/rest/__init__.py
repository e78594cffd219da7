"""The REST data API, a view family a module; rows are written by `rows`, queries answered by `soql`."""
