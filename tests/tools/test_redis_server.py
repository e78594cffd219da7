"""One server a folder, which keeps its data until it is told to lose it."""

from pathlib import Path

import pytest
import redis

from tools.redis_server import LONGEST_SOCKET, RedisServer, embedded_redis


def client(server: RedisServer) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def test_a_second_server_on_a_folder_is_refused(redis_server: RedisServer) -> None:
    with pytest.raises(BlockingIOError):
        RedisServer(redis_server.data)
    assert client(redis_server).ping()


def test_a_folder_is_free_again_once_its_server_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with embedded_redis(tmp_path / "redis") as server:
            assert client(server).ping()
    assert not server.socket.exists()


def test_data_outlives_a_restart(redis_server: RedisServer) -> None:
    client(redis_server).set("kept", "yes")
    redis_server.stop()
    redis_server.start()
    assert client(redis_server).get("kept") == b"yes"


def test_data_can_be_lost(redis_server: RedisServer) -> None:
    client(redis_server).set("kept", "no")
    redis_server.lose()
    redis_server.start()
    assert client(redis_server).dbsize() == 0


def test_a_folder_too_deep_for_a_socket_still_has_a_server(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * LONGEST_SOCKET)
    with embedded_redis(deep) as server:
        assert len(str(server.socket)) <= LONGEST_SOCKET
        assert client(server).ping()


def test_a_server_that_cannot_start_tells_why(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    (server.data / "appendonlydir").write_text("a file where its folder belongs")
    with pytest.raises(RuntimeError, match="appendonlydir"):
        server.start()
    server.close()
