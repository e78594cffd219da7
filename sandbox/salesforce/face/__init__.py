"""The org's face: plain Lightning-like pages that show records and frame the application; sets no cookie at all.

Who is looking travels in the address (``?as=<user id>``), so nothing depends on cookies, third-party or other.
"""
