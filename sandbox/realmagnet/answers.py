"""The vendor's styles of saying done and failed, with its own spellings; knows no operation."""

from typing import Any

RECIPIENT_EXISTS, VALIDATION = 1005, 2


def _error_object(code: str = "", function: str = "addRecipient") -> dict[str, Any]:
    """The details are one run-on text, as captured from AddRecipient; elsewhere they are assumed."""
    component = function.removeprefix("add")
    details = f"Error Details:\nError Category:1Component:{component}\nFunction:{function}" if code else ""
    return {
        "ErrorCode": code,
        "ErrorDetails": details,
        "ErrorID": 1003 if code else 0,
        "ErrorMessage": "",
        "ErrorType": "CUSTOM" if code else "",
    }


def save_result(message: str, number: int, *, error: int = 0, code: str = "") -> dict[str, Any]:
    """SaveResult: the new (or existing) number travels as text in AdditionalParams."""
    return {
        "AdditionalParams": str(number),
        "Error": error,
        "ErrorObject": _error_object(code),
        "Message": message,
    }


def message_result(message_id: int, *, error: int = 0, code: str = "") -> dict[str, Any]:
    """CreateEditMessageResult; its words are assumed."""
    return {
        "Error": error,
        "ErrorObject": _error_object(code, "addMessage"),
        "Message": "" if error else "The message has successfully been saved!",
        "MessageID": message_id,
        "MessageInQueue": False,
    }


def done() -> dict[str, Any]:
    return {"Message": "Action has been completed.", "Status": 1}


def failed() -> dict[str, Any]:
    return {"Message": "An error has occurred. Please check your parameters and try again.", "Status": 0}


def api_response(number: int, details: str, result: Any = None) -> dict[str, Any]:
    """GlobalAPIResponse: three members are known, the cut rest is not invented."""
    return {"Details": details, "ID": number, "Result": result}
