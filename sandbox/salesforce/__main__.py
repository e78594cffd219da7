"""Serves the stand-in: ``python -m sandbox.salesforce --data DIR --port 8001``."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from wsgiref.types import StartResponse, WSGIEnvironment

from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.large_campaign import add_annual_appeal, add_bench_campaign
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import SHIPPED, Org
from sandbox.salesforce.seed import seed, seed_crowd
from sandbox.serving import make_http_server


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.salesforce", description=__doc__)
    standard = AppOptions()
    parser.add_argument("--data", type=Path, required=True, help="where the org lives; made when absent")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one and prints it")
    parser.add_argument("--seed", type=int, default=1, help="which people a new org gets; 0 leaves it empty")
    parser.add_argument("--contacts", type=int, default=2_400)
    parser.add_argument("--leads", type=int, default=900)
    parser.add_argument("--crowd", type=int, default=0, metavar="N", help="N plain Contacts instead, for a benchmark")
    parser.add_argument(
        "--large-campaign", type=int, default=0, metavar="N", help="N more people, all in the Campaign Annual Appeal"
    )
    parser.add_argument(
        "--bench-campaign", type=int, default=0, metavar="N", help="N more Contacts, all in the Benchmark Campaign"
    )
    parser.add_argument("--metadata", type=Path, default=SHIPPED, help="the SFDX source that is deployed")
    parser.add_argument("--bare", action="store_true", help="an org to which nothing is deployed yet; --metadata rests")
    parser.add_argument("--app-url", default=standard.app_url, help="where the product answers")
    parser.add_argument("--consumer-key", default=standard.consumer_key)
    parser.add_argument("--consumer-secret", default=standard.consumer_secret)
    parser.add_argument(
        "--redirect-uri", action="append", default=[], help="allowed callbacks; default: all of --app-url"
    )
    parser.add_argument("--certificate", type=Path, help="PEM of the app's certificate or public key, for JWT bearer")
    parser.add_argument("--rotate-refresh-tokens", action="store_true")
    parser.add_argument("--session-seconds", type=int, default=standard.session_seconds)
    parser.add_argument("--password", default=standard.password, help="of every demo user")
    return parser.parse_args(given)


def _options(chosen: argparse.Namespace, port: int) -> AppOptions:
    return AppOptions(
        instance_url=f"http://{chosen.host}:{port}",
        app_url=chosen.app_url,
        consumer_key=chosen.consumer_key,
        consumer_secret=chosen.consumer_secret,
        redirect_uris=tuple(chosen.redirect_uri),
        certificate=chosen.certificate.read_text() if chosen.certificate else None,
        rotate_refresh_tokens=chosen.rotate_refresh_tokens,
        session_seconds=chosen.session_seconds,
        password=chosen.password,
    )


def _starting(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Holds the place of the application, which must first know its port."""
    start_response("503 Service Unavailable", [])
    return []


def main(given: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    chosen = _arguments(given)
    org = Org(chosen.data, chosen.metadata, bare=chosen.bare)
    if chosen.crowd:
        seed_crowd(org, chosen.seed, chosen.crowd)
    elif chosen.seed:
        seed(org, chosen.seed, chosen.contacts, chosen.leads)
    if chosen.large_campaign:
        add_annual_appeal(org, chosen.seed, chosen.large_campaign)
    if chosen.bench_campaign:
        add_bench_campaign(org, chosen.seed, chosen.bench_campaign)
    server = make_http_server(_starting, chosen.host, chosen.port)
    app = create_app(org, _options(chosen, server.server_port))
    server.app = app
    print(f"Salesforce stand-in: http://{chosen.host}:{server.server_port}", flush=True)  # noqa: T201 - tells its address

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    finally:
        close_app(app)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
