select id, amount, ordered_at
from staging.orders
where ordered_at >= date '2024-01-02'
