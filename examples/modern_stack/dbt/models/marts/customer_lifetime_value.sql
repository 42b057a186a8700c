with orders as (
  select customer_id, count(*) as orders, sum(amount) as lifetime_value, max(ordered_on) as last_order
  from {{ ref('orders') }}
  group by customer_id
),

events as (
  select customer_id, count(*) as events
  from {{ ref('events') }}
  group by customer_id
)

select
  customers.customer_id,
  customers.email,
  coalesce(orders.orders, 0) as orders,
  coalesce(orders.lifetime_value, 0) as lifetime_value,
  orders.last_order,
  coalesce(events.events, 0) as events
from {{ ref('customers') }} as customers
left join orders on orders.customer_id = customers.customer_id
left join events on events.customer_id = customers.customer_id
