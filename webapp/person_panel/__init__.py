"""A narrow page beside a Contact or a Lead: what this person received and did, and how they stand."""
