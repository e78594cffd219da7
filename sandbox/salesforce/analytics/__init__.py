"""Reports: the Analytics REST API over the org's rows; it knows requests, report types and definitions, no product."""
