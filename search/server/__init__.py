"""Search at scale: the same question, answered by OpenSearch. Only where `OPENSEARCH_URL` is set.

PostgreSQL stays the judge: what it says a text means is what the server looks for, and nothing is told of a document
that it does not have (docs/decisions/0029-search-server.md).
"""
