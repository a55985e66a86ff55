"""Run the local Zenodo until it is interrupted."""

from __future__ import annotations

import argparse
import threading

from local_zenodo import LocalZenodo


def main() -> None:
    parser = argparse.ArgumentParser(prog="local_zenodo", description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--token", default="local-zenodo-token")
    parser.add_argument("--rate", type=float, default=None, help="bytes a second for each download")
    arguments = parser.parse_args()
    with LocalZenodo(arguments.port, token=arguments.token, rate=arguments.rate) as zenodo:
        print(f"{zenodo.api} (token {zenodo.token})", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
