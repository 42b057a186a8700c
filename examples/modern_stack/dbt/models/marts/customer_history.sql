select
  customer_id,
  ordered_on as happened_at,
  count(*) over past as orders,
  cast(sum(amount) over past as double precision) as lifetime_value
from {{ ref('orders') }}
window past as (partition by customer_id order by ordered_on rows unbounded preceding)
