"""Who uses the product, how they stand at both sides, what they may do, and who changed what."""
