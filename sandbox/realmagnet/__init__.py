"""A Real Magnet account behind the vendor's REST addresses; knows nothing of the product that calls it."""
