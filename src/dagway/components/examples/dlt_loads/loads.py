"""Accounts of the CRM, into the warehouse by dlt."""

from collections.abc import Iterator
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.client import RESTClient


@dlt.resource(primary_key="id", write_disposition="merge")
def accounts() -> Iterator[Any]:
    client = RESTClient("https://crm.example.com/api")
    yield from client.paginate("accounts")


@dlt.source(name="crm")
def crm() -> Any:
    return accounts


source = crm()
# Credentials: DESTINATION__POSTGRES__CREDENTIALS=postgresql://…
pipeline = dlt.pipeline("crm", destination="postgres", dataset_name="crm")
