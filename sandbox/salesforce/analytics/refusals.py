"""What the Analytics API says no with; assumed: codes and texts, but for NOT_FOUND and REQUEST_LIMIT_EXCEEDED."""

from sandbox.salesforce.errors import ApiError


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BAD_REQUEST", message)


def forbidden(message: str = "You don't have sufficient privileges to perform this operation.") -> ApiError:
    return ApiError(403, "FORBIDDEN", message)


def no_report() -> ApiError:
    return ApiError(404, "NOT_FOUND", "The data that you tried to access is unavailable.")


def runs_used_up(kind: str) -> ApiError:
    message = f"You can't run more than the allowed number of {kind} reports every 60 minutes."
    return ApiError(403, "REQUEST_LIMIT_EXCEEDED", message)
