"""Tells machines how we are: alive at all, and ready to serve."""

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

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
    """Database and Redis answer too."""
    states = {"database": _database(), "redis": _redis()}
    return jsonify(states), 200 if all(states.values()) else UNAVAILABLE


def _database() -> bool:
    try:
        with wiring().services.database.read() as connection:
            connection.execute(text("SELECT 1 FROM orgs LIMIT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis() -> bool:
    try:
        return bool(wiring().services.redis.ping())
    except RedisError:
        return False
