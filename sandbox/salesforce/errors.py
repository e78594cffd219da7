"""The errors the org gives, in the vendor's two shapes: a refused request, and a refused row."""

from typing import NamedTuple


class RowError(NamedTuple):
    """Why one row was refused; collections spell the code ``statusCode``, Bulk joins all three with colons."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def as_item(self) -> dict[str, object]:
        """The shape inside collection results and single-row saves."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def as_bulk(self) -> str:
        """The shape of ``sf__Error``: ``CODE:message:field list--``."""
        return f"{self.code}:{self.message}:{', '.join(self.fields)}--"


class ApiError(Exception):
    """A refused request: HTTP status and the one entry of the JSON array."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def as_items(self) -> list[dict[str, object]]:
        """The body: always an array; ``fields`` only where there are some."""
        item: dict[str, object] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            item["fields"] = list(self.fields)
        return [item]


class UnknownFieldError(Exception):
    """A column the object does not have, or this user may not see: REST and Bulk word it differently."""

    def __init__(self, sobject: str, field: str) -> None:
        super().__init__(f"{sobject} has no {field}")
        self.sobject = sobject
        self.field = field


def not_found() -> ApiError:
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")
