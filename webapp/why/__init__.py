"""Why?: for one person and message, how far each activity came, what stopped it, and what would change that."""
