"""The org's metadata side: what is deployed to it, checked as the vendor checks it; it knows no page."""
