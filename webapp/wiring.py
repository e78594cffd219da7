"""What the screens reach for outside themselves, in one value that a test can replace part by part."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app

from connector import bootstrap, logs
from connector.bootstrap import Services
from connector.model.connection import SalesforceUser
from connector.queues import JOB_OF, enqueue, run_job_id
from connector.realmagnet.gateway import RealMagnet
from connector.salesforce import gateway
from connector.salesforce.administration import GivenToken
from connector.settings import Settings, from_env
from connector.store.claims import Claim

EXTENSION = "real-magnet"


@dataclass(frozen=True)
class Wiring:
    """The services, and the four calls that leave our house.

    `userinfo(instance_url, access_token)` asks Salesforce whose token it is; `realmagnet_account(username, password)`
    logs in to Real Magnet and answers the account; `enqueue_run(claim)` tells the workers of a committed run;
    `salesforce_user(instance_url, access_token, user_id)` asks, by the user's own token, what he holds.
    """

    services: Services
    userinfo: Callable[[str, str], Mapping[str, Any]]
    realmagnet_account: Callable[[str, str], str]
    enqueue_run: Callable[[Claim], object]
    salesforce_user: Callable[[str, str, str], SalesforceUser]


def wiring() -> Wiring:
    """That of the current application."""
    return cast("Wiring", current_app.extensions[EXTENSION])


def wire(settings: Settings | None = None, services: Services | None = None) -> Wiring:
    """The real one: the vendors over HTTP, the workers over Redis. Without arguments it is a process of its own."""
    if settings is None and services is None:
        settings = from_env()
        logs.configure(settings.log_level, settings.log_format)
    settings = settings or (services.settings if services else from_env())
    services = services or bootstrap.services(settings)
    redis = services.redis

    def userinfo(instance_url: str, access_token: str) -> Mapping[str, Any]:
        return gateway.userinfo(settings, instance_url, access_token)

    def realmagnet_account(username: str, password: str) -> str:
        return RealMagnet(username, password, settings).login().account

    def enqueue_run(claim: Claim) -> None:
        enqueue(redis, JOB_OF[claim.kind], claim.run_id, job_id=run_job_id(claim.run_id, claim.attempt))

    def salesforce_user(instance_url: str, access_token: str, user_id: str) -> SalesforceUser:
        with closing(gateway.Salesforce(GivenToken(instance_url, access_token), settings)) as salesforce:
            return salesforce.user(user_id)

    return Wiring(services, userinfo, realmagnet_account, enqueue_run, salesforce_user)
