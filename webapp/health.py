"""Tells machines how we are: alive at all, and ready to serve."""

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from connector import clock
from connector.store import migrate
from webapp.guard import open_to_all
from webapp.wiring import wiring

health = Blueprint("health", __name__)

UNAVAILABLE = 503


@health.get("/health")
@open_to_all("a load balancer has no session; it learns one word")
def alive() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@health.get("/ready")
@open_to_all("a load balancer has no session; it learns which of two stores is away")
def ready() -> tuple[Response, int]:
    """Database and Redis answer too, and the database has the tables of this version. How long ago the tick was seen is
    told beside them: a tick that stands still is no reason to keep people out."""
    states = {"database": _database(), "redis": _redis(), "migrations": _migrated()}
    told = {**states, "tick_seconds_ago": _tick()}
    return jsonify(told), 200 if all(states.values()) else UNAVAILABLE


def _database() -> bool:
    try:
        with wiring().services.database.read() as connection:
            connection.execute(text("SELECT 1 FROM orgs LIMIT 1"))
    except SQLAlchemyError:
        return False
    return True


def _migrated() -> bool:
    try:
        return migrate.is_current(wiring().services.database)
    except SQLAlchemyError:
        return False


def _tick() -> int | None:
    """Seconds since the tick was seen; None when it never said."""
    try:
        with wiring().services.database.read() as connection:
            at = connection.execute(text("SELECT at FROM heartbeats WHERE name = 'tick'")).scalar()
    except SQLAlchemyError:
        return None
    return None if at is None else max(0, clock.milliseconds(clock.now()) - int(at)) // 1000


def _redis() -> bool:
    try:
        return bool(wiring().services.redis.ping())
    except RedisError:
        return False
