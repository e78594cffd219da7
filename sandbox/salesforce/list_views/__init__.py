"""List views: what is kept of each, how it reads as SOQL, and its addresses; it knows no product."""
