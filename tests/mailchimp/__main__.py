"""Run the double in the foreground: `python -m tests.mailchimp --port 8900`. Its state is at `/`."""

import argparse
import time

from tests.mailchimp.fixtures import stock
from tests.mailchimp.server import KEY, Double


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.mailchimp", description="A double of Mailchimp.")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--key", default=KEY)
    options = parser.parse_args()
    with Double(options.port, options.key) as double:
        for audience in stock(double):
            print(f"audience {audience.id}: {audience.name}")
        print(f"calls {double.api_url}\nkey   {double.key}\npage  {double.url}/", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
