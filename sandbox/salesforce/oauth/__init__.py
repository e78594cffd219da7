"""OAuth as the org and its login host offer it: errors are an object here, never the REST API's array."""
