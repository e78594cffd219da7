"""Real Magnet's login page: once for each Salesforce user; from then on Salesforce's word is enough."""
