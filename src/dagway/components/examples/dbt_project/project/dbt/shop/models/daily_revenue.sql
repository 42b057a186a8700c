select
  ordered_on,
  count(distinct order_id) as orders,
  sum(amount) as revenue
from {{ ref('order_lines') }}
group by ordered_on
