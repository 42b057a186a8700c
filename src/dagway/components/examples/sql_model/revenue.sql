select cast(ordered_at as date) as day, sum(amount) as revenue
from staging.orders
group by 1
