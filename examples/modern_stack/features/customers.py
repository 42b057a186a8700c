"""What is known of customers, for models that ask for it at once."""

from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)

customer_history = FileSource(
    name="customer_history", path="data/customer_history.parquet", timestamp_field="happened_at"
)

customer_value = FeatureView(
    name="customer_value",
    description="What a customer has bought so far.",
    entities=[customer],
    ttl=timedelta(0),
    schema=[Field(name="orders", dtype=Int64), Field(name="lifetime_value", dtype=Float64)],
    source=customer_history,
)
