"""The connections to both vendors: how they stand, tried and replaced; Salesforce's login in a window of its own."""
