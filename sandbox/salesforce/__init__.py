"""A Salesforce org that speaks the vendor's real protocols; it knows nothing of the product that talks to it.

Storage, for everything that serves requests (`bulk*.py`, `rest/`, the face):

- ``org.Org(data, metadata=SHIPPED, bare=False)``: one org in one SQLite file; a bare one has only what was
  deployed to it. ``org.schema.find("Contact") -> SObject | None``,
  ``org.access(user_id) -> Access`` (rights of a user now), ``org.system_access()``, ``org.clock.now()``,
  ``org.clock.system_stamp()``, ``org.setting(name, default)``, ``org.set_setting``, ``org.id``, ``org.user_id(name)``.
- ``org.change_metadata({(type, full name): Node or None})`` changes objects, fields and permission sets while it runs;
  ``org.app() -> App | None`` is the external client app, ``org.install_app``; ``org.admin_user_id`` may deploy.
  ``app.extensions["deployments"]``: ``.start(user_id, zip, options) -> id``, ``.result(id, with_details=..)``.
- ``org.database.reading()`` / ``org.database.writing()``: contexts that give a sqlite3 connection; ``writing`` is one
  short transaction (a savepoint when entered again). A table an object, columns named as its stored fields,
  ``IsDeleted`` always there, booleans 0/1, datetimes as the vendor prints them (so they sort as text).
- ``rows.plan_write(org, access, sobject, operation, columns, external_field=.., csv=True) -> WritePlan``: checks a
  job's header once. Raises ``errors.UnknownFieldError`` (``.sobject``, ``.field``; REST and Bulk word it otherwise) and
  ``errors.ApiError`` (``.status``, ``.code``, ``.message``). ``Contact__r.Key__c`` columns are understood.
- ``rows.write_chunk(org, plan, rows) -> list[RowResult]``: up to 200 rows, one transaction, results in row order;
  ``rows.upsert_rows(org, plan, rows)`` streams any number. ``RowResult(id, created, errors)``, ``.success``; an error
  is ``RowError(code, message, fields)`` with ``.as_bulk()`` for ``sf__Error`` and ``.as_item()`` for collections.
  With ``csv=True`` an empty cell is unchanged and ``#N/A`` is null; else pass ``values.UNCHANGED`` and ``None``.
- ``soql.stream(org, access, text, all_rows=False) -> Stream``: ``.columns`` (as asked), ``.rows`` (an iterator of
  tuples, to be closed), ``.sobject``, ``.aggregate``; raises ApiError exactly as /query would answer.

Requests: ``app.create_app(org, AppOptions)`` is the application, ``app.close_app(app)`` ends it. Any blueprint under
``/services/data/<version>/`` arrives with its session checked and counted: ``flask.g.access`` (Access) and
``flask.g.user_id``; ``ApiError`` raised in a view becomes the vendor's answer. ``gate.backstage()`` is all that a view
works with; ``.sessions.issue(user_id, client_id, scope) -> str`` makes a token.

Reports: ``report_seed.load_reports(org, {name: definition})`` adds some, definitions being written in the words of
reportMetadata (``reportType`` by name; ``analytics/types.py`` has the types and their columns). List views:
``list_view_seed``. ``large_campaign.add_annual_appeal(org, seed, members)`` adds the demo's Campaign.

``mounting.mount(app)`` adds what surrounds the REST API. Bulk 2.0: ``app.extensions["bulk"]``, with its own thread. Bad
days: ``GET/POST/DELETE /_sandbox/switches``, ``GET/DELETE /_sandbox/calls`` and ``GET/POST /_sandbox/settings``
(``bulk_seconds`` a batch of 10,000 rows, ``bulk_query_page``, ``report_seconds`` of a run in the background,
``list_views_per_page``, ``canvas_self_authorize``); ``GET/POST /_sandbox/report-limits``. The face: ``/`` and
``/lightning/…``, whose Real Magnet tab frames the Canvas address of ``org.app()`` by a signed request. Who comes in and
who does not: ``oauth/admission.py``; its switches, ``/_sandbox/security`` and others, are in ``oauth/controls.py``.
"""
