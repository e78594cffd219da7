"""The product: what is true whoever asked, a person or a clock.

One arrow: commands → bootstrap → activity → salesforce · realmagnet · store · queues → model → settings · errors.
Nothing here knows Flask; only `queues` knows RQ; a gateway returns our types and translates its vendor's errors once.
"""
