"""The external client app of an org: the demo's own, none in a bare org, and it outlives a restart."""

from dataclasses import replace
from pathlib import Path

from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.deploy.app_registry import admits, app_of_options, new_consumer_key, new_consumer_secret
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org


def test_a_bare_org_has_no_app_and_any_other_has_that_of_its_options(tmp_path: Path) -> None:
    options = AppOptions(app_url="http://127.0.0.1:8000/", consumer_key="the-key", certificate="PEM")
    bare, usual = create_app(Org(tmp_path / "bare", bare=True), options), create_app(Org(tmp_path / "usual"), options)
    assert bare.extensions["salesforce"].org.app() is None
    org = usual.extensions["salesforce"].org
    app = org.app()
    assert (app.consumer_key, app.canvas_url, app.certificate) == (
        "the-key", f"http://127.0.0.1:8000/canvas/{org.id}", "PEM",
    )  # fmt: skip
    assert app.may_redirect("http://127.0.0.1:8000/callback")
    assert not app.may_redirect("http://127.0.0.1:8001/callback")
    assert all(admits(org, app, user_id) for user_id in org.user_ids)
    close_app(bare)
    close_app(usual)


def test_an_app_that_was_installed_is_there_after_a_restart_and_keeps_its_secrets_out_of_sight(tmp_path: Path) -> None:
    org = Org(tmp_path, bare=True)
    app = replace(
        app_of_options(AppOptions(), org.id),
        profiles=("System Administrator",),
        consumer_key=new_consumer_key(),
        consumer_secret=new_consumer_secret(),
    )
    org.install_app(app)
    org.close()
    again = Org(tmp_path, bare=True)
    assert again.app() == app
    assert (len(app.consumer_key), len(app.consumer_secret)) == (85, 64)
    assert app.consumer_key.startswith("3MVG9")
    assert app.consumer_secret not in repr(app)
    assert not admits(again, app, again.integration_user_id)
    again.close()
