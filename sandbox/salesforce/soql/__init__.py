"""SOQL: text to parameterised SQL over the org's tables, and its answers, whole, streamed or page by page."""

from sandbox.salesforce.soql.run import PAGE, SMALLEST_PAGE, Answer, Cursors, Stream, compile_query, record_of, stream

__all__ = ["PAGE", "SMALLEST_PAGE", "Answer", "Cursors", "Stream", "compile_query", "record_of", "stream"]
