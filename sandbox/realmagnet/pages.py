"""The HTML pages WCF answers with when a request never reaches an operation; knows no operation."""

from html import escape

from flask import Response

_PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title></head>
<body><div id="content"><p class="heading1">{title}</p><p>{text}</p></div></body></html>
"""
_WORDS = {
    400: ("Request Error", "The server encountered an error processing the request. See server logs for more details."),
    404: ("Service", "Endpoint not found."),
    405: ("Service", "Method not allowed."),
    401: ("401 - Unauthorized", "Access is denied due to invalid credentials."),
    403: ("403 - Forbidden", "You do not have permission to view this directory or page."),
    429: ("Too Many Requests", "Please slow down."),
    500: ("Runtime Error", "An application error occurred on the server."),
    503: ("Service Unavailable", "HTTP Error 503. The service is unavailable."),
}


def page(status: int) -> Response:
    title, text = _WORDS.get(status, (f"HTTP Error {status}", "The request failed."))
    return Response(
        _PAGE.format(title=escape(title), text=escape(text)), status, content_type="text/html; charset=UTF-8"
    )
