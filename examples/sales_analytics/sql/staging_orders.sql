-- One row for each order: the latest status wins, and an order without id, customer or amount does not count.
select
  cast(order_id as bigint) as order_id,
  cast(customer_id as bigint) as customer_id,
  cast(amount as decimal(10, 2)) as amount,
  lower(status) as status,
  cast(ordered_at as timestamp) as ordered_at
from shop.orders
where order_id is not null
  and customer_id is not null
  and amount is not null
qualify row_number() over (partition by order_id order by ordered_at desc) = 1
