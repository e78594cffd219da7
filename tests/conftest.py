"""What every test may use."""

pytest_plugins = ["tests.once", "tests.services", "tests.postgres", "tests.connector.notices.servers"]
