"""SOQL: text to parameterised SQL over the org's tables, and its answers, whole, streamed or page by page."""

from sandbox.salesforce.soql.run import Answer, Cursors, Stream, compile_query, record_of, stream

__all__ = ["Answer", "Cursors", "Stream", "compile_query", "record_of", "stream"]
