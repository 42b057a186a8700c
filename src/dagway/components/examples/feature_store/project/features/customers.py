"""What is known of customers, for models that ask for it at once."""

from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)

order_stats = FileSource(name="order_stats", path="data/order_stats.parquet", timestamp_field="ordered_at")

customer_orders = FeatureView(
    name="customer_orders",
    description="Orders of a customer up to a day.",
    entities=[customer],
    ttl=timedelta(0),
    schema=[Field(name="orders", dtype=Int64), Field(name="amount", dtype=Float64)],
    source=order_stats,
    owner="ml@example.com",
)
