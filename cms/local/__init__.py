"""Services for demo and tests: real PostgreSQL and Valkey from wheels, a mail catcher, all under supervisor.

`python -m cms.local --help` says what there is. Nothing here runs in production, and nothing else of the
project imports it.

- `installation` where things are: folders, ports, passwords, the environment that follows from them
- `postgres`, `valkey`, `mail` one service each: how it is set up, started and known to be ready
- `child` the wrapper each process starts through, so that nothing outlives the supervisor
- `supervision` supervisord: its configuration, start, stop, states
- `demo`, `prepare` the demo: database, catalogues, static files, content, web server, worker, beat
- `messages` translation catalogues without gettext's tools
"""
